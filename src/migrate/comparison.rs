//! Owns the comparison of what is to move with what is there already, and what is in the way.

use std::collections::{BTreeMap, HashMap, HashSet};

use parsec_interface::requests::AuthType;
use parsec_service::authenticators::Auth;

use super::database_rows::Rows;
use super::mapping::{Key, Mapping};
use super::provider_kind::ProviderNames;
use super::report::{Problem, ProblemKind};
use super::store::Contents;
use super::store_writer;

/// What is to be done about mappings.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) new: Vec<Mapping>,
    pub(super) already_there: usize,
    pub(super) problems: Vec<Problem>,
}

/// Compares `mappings` from the disk with the rows of the database that they go to.
pub(super) fn with_database(mappings: &[Mapping], rows: &Rows, merge: bool) -> Comparison {
    let mut comparison = Comparison::default();
    let there: HashMap<Key, &Mapping> = rows.mappings.iter().map(|row| (row.key(), row)).collect();
    let strangers: HashMap<&Key, &str> = rows
        .strangers
        .iter()
        .map(|row| (&row.key, row.provider_name.as_str()))
        .collect();
    for (key, same_name) in by_key(mappings) {
        let [mapping] = same_name.as_slice() else {
            comparison.add_same_name(&same_name);
            continue;
        };
        let taken_by = match (there.get(&key), strangers.get(&key)) {
            (Some(row), _) if row.is_same(mapping) => {
                comparison.already_there += 1;
                continue;
            }
            (Some(row), _) => &row.provider_name,
            (None, Some(name)) => *name,
            (None, None) => {
                comparison.new.push((*mapping).clone());
                continue;
            }
        };
        comparison.problems.push(Problem::of_mapping(
            ProblemKind::Different,
            mapping,
            format!(
                "in the database this name leads to another key, or to one made otherwise, of the provider {}: destroy one of them",
                taken_by.escape_debug()
            ),
        ));
    }
    if !merge {
        comparison.refuse_additions(rows);
    }
    comparison
}

/// Mappings by what the database tells them apart by, in an order that does not change.
fn by_key(mappings: &[Mapping]) -> BTreeMap<Key, Vec<&Mapping>> {
    let mut by_key: BTreeMap<Key, Vec<&Mapping>> = BTreeMap::new();
    for mapping in mappings {
        by_key.entry(mapping.key()).or_default().push(mapping);
    }
    by_key
}

impl Comparison {
    fn add_same_name(&mut self, mappings: &[&Mapping]) {
        let names: Vec<&str> = mappings
            .iter()
            .map(|mapping| mapping.provider_name.as_str())
            .collect();
        let names = names.join(", ");
        for mapping in mappings {
            self.problems.push(Problem::of_mapping(
                ProblemKind::SameName,
                mapping,
                format!(
                    "the database can hold a name of an application once, and several providers have it ({}): choose one with --provider, or destroy the others' keys",
                    names.escape_debug()
                ),
            ));
        }
    }

    /// Where mappings of a provider moved before, one that is not there may have been destroyed since.
    fn refuse_additions(&mut self, rows: &Rows) {
        let settled: HashSet<u8> = rows
            .mappings
            .iter()
            .filter(|row| !row.is_internal())
            .map(|row| row.provider.number)
            .collect();
        let (unsettled, late): (Vec<Mapping>, Vec<Mapping>) = std::mem::take(&mut self.new)
            .into_iter()
            .partition(|mapping| !settled.contains(&mapping.provider.number));
        self.new = unsettled;
        self.problems.extend(late.iter().map(|mapping| {
            Problem::of_mapping(
                ProblemKind::NotThere,
                mapping,
                "the database has mappings of this provider, but not this one: its key may have been destroyed since they moved; --merge adds it all the same",
            )
        }));
    }
}

/// What the directory cannot hold of `mappings` from the database.
pub(super) fn not_on_disk(
    mappings: &[Mapping],
    auth_type: AuthType,
    names: &ProviderNames,
    is_chosen: bool,
) -> Vec<Problem> {
    let mut called: HashMap<u8, HashSet<&str>> = HashMap::new();
    for mapping in mappings {
        let names = called.entry(mapping.provider.number).or_default();
        names.insert(&mapping.provider_name);
    }
    mappings
        .iter()
        .filter_map(|mapping| {
            let several = called
                .get(&mapping.provider.number)
                .is_some_and(|names| names.len() > 1);
            let expected = names.of(mapping.provider);
            let reason = if !mapping.is_internal() && mapping.auth != Auth::Client(auth_type) {
                "on disk there is one authenticator, and this is an application of another: see that --auth, or auth_type in the configuration, is the service's".to_owned()
            } else if several {
                "on disk providers of one type have no names, and there are several names: choose one with --provider".to_owned()
            } else if names.are_known && !is_chosen && mapping.provider_name != expected {
                format!(
                    "the configuration calls its provider {}: choose it with --provider, or correct the configuration",
                    expected.escape_debug()
                )
            } else {
                store_writer::path(mapping).err()?.to_owned()
            };
            Some(Problem::of_mapping(ProblemKind::CannotHold, mapping, reason))
        })
        .collect()
}

/// Compares `mappings` from the database with the directory that they go to: it holds nothing, or just them.
pub(super) fn with_store(mappings: &[Mapping], contents: &Contents) -> Comparison {
    let mut comparison = Comparison::default();
    if contents.mappings.is_empty() && contents.problems.is_empty() {
        comparison.new = mappings.to_vec();
        return comparison;
    }
    let place = |mapping: &Mapping| store_writer::path(mapping).ok();
    let mut there: HashMap<_, &Mapping> = contents
        .mappings
        .iter()
        .map(|mapping| (place(mapping), mapping))
        .collect();
    let remedy = "move the directory away, or choose another";
    for mapping in mappings {
        let (kind, what) = match there.remove(&place(mapping)) {
            Some(old) if old.is_same(mapping) => {
                comparison.already_there += 1;
                continue;
            }
            Some(_) => (ProblemKind::Different, "says something else about this key"),
            None => (
                ProblemKind::NotThere,
                "has other mappings, but not this one",
            ),
        };
        let reason = format!("the directory {what}: {remedy}");
        let problem = Problem::of_mapping(kind, mapping, reason);
        comparison.problems.push(problem);
    }
    for old in there.values() {
        let reason = format!(
            "only the directory has this mapping, so its key may have been destroyed since: {remedy}"
        );
        let problem = Problem::of_mapping(ProblemKind::Different, old, reason);
        comparison.problems.push(problem);
    }
    comparison
        .problems
        .extend(contents.problems.iter().map(|problem| {
            let reason = format!("{}: {remedy}", problem.reason);
            Problem {
                kind: ProblemKind::Different,
                reason,
                ..problem.clone()
            }
        }));
    comparison.problems.sort();
    comparison
}
