//! Owns the order of a migration: read, compare, look on the token, write, verify, let it appear.

use std::path::Path;

use super::comparison::{self, Comparison};
use super::database::Database;
use super::database_rows::Rows;
use super::mapping::Mapping;
use super::plan::{Plan, Request};
use super::provider_kind::ProviderNames;
use super::publication::{Owner, Workplace};
use super::report::{Outcome, Problem, ProblemKind, ProviderCount, Report};
use super::running::refuse_running_service;
use super::store::{self, Contents};
use super::{file_error, on_token, refused, store_writer, verification};
use crate::error::Result;

/// What a migration is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Mappings are read.
    Read,
    /// Their keys are looked for on the token.
    LookForKeys,
    /// Mappings are written.
    Write,
    /// What was written is read back.
    Verify,
}

/// Who wants to see how far it is.
pub trait Observer {
    /// A step of so many mappings begins.
    fn begin(&mut self, step: Step, mappings: usize);
    /// One mapping of it is done.
    fn advance(&mut self);
}

/// Nobody.
#[derive(Debug, Clone, Copy)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn begin(&mut self, _: Step, _: usize) {}
    fn advance(&mut self) {}
}

/// Moves mappings as `request` says.
///
/// What is in the way of single mappings is in the report, and nothing was written then.
///
/// # Errors
///
/// What is in the way of all: a service that runs, a wrong configuration, files that cannot be read or
/// written, a database that another program uses, a token that cannot be asked. Unless the text says otherwise,
/// nothing was written.
pub fn run(request: &Request, observer: &mut dyn Observer) -> Result<Report> {
    let plan = Plan::new(request)?;
    refuse_running_service(&plan.socket)?;
    let migration = Migration {
        request,
        plan: &plan,
    };
    match request.reverse {
        false => migration.to_database(observer),
        true => migration.to_disk(observer),
    }
}

struct Migration<'a> {
    request: &'a Request,
    plan: &'a Plan,
}

impl Migration<'_> {
    fn to_database(&self, observer: &mut dyn Observer) -> Result<Report> {
        let (source, target) = (&self.plan.store, &self.plan.database);
        require(source.is_dir(), source, "a directory of mappings")?;
        let existing = match target.exists() {
            false => None,
            true => {
                require(target.is_file(), target, "a database")?;
                Some(Database::lock(target)?)
            }
        };
        let contents = store::read(source, self.plan.auth_type, &self.plan.names, observer)?;
        let rows = match &existing {
            Some(database) => database.read()?,
            None => None,
        };
        let is_empty = rows.is_none();
        let rows = rows.unwrap_or_default();
        if let Some(problem) = rows.problems.first() {
            return Err(refused(format!(
                "the database {} cannot be used by Parsec ({}): restore it from a backup",
                target.display(),
                problem.reason
            )));
        }
        let chosen = self.choose(&contents.mappings);
        let compared = comparison::with_database(&chosen, &rows, self.request.merge);
        let providers = self.count(&contents.mappings);
        let (mut report, new) = self.report(providers, contents.problems, compared);
        if !self.is_to_be_written(&mut report, &chosen, observer)? {
            return Ok(report);
        }
        match existing {
            Some(database) if !is_empty => {
                self.add(database, &new, &rows, observer)?;
                verification::database(target, self.plan.auth_type, &chosen, observer).map_err(
                    |error| error.context("the mappings were added, but the check of it failed"),
                )?;
            }
            // An empty file is locked until the new one has taken its place.
            empty => self.create(&new, empty.is_some(), observer)?,
        }
        report.outcome = Outcome::Moved;
        Ok(report)
    }

    fn add(
        &self,
        database: Database,
        new: &[Mapping],
        rows: &Rows,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        database.insert(new, observer)?;
        self.read_back(&database, rows.mappings.iter().chain(new), rows.strangers.len())?;
        refuse_running_service(&self.plan.socket)?;
        database.commit()
    }

    fn create(
        &self,
        mappings: &[Mapping],
        replace: bool,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        let owner = Owner::of(&self.plan.store)?;
        let workplace = Workplace::new(&self.plan.database, &owner)?;
        let path = workplace.unfinished();
        let database = Database::create(path, self.plan.auth_type, &owner)?;
        database.insert(mappings, observer)?;
        self.read_back(&database, mappings.iter(), 0)?;
        database.commit()?;
        verification::database(path, self.plan.auth_type, mappings, observer)?;
        refuse_running_service(&self.plan.socket)?;
        workplace.publish_file(replace)
    }

    /// Within the transaction, before anybody can see it.
    fn read_back<'m>(
        &self,
        database: &Database,
        expected: impl Iterator<Item = &'m Mapping>,
        strangers: usize,
    ) -> Result<()> {
        let rows = database.read()?.unwrap_or_default();
        let expected: Vec<Mapping> = expected.cloned().collect();
        if rows.problems.is_empty()
            && rows.strangers.len() == strangers
            && are_same(&rows.mappings, &expected)
        {
            return Ok(());
        }
        Err(refused(format!(
            "the database {} does not hold what was written to it: nothing was changed; look for triggers in it, and see that its disk works",
            self.plan.database.display()
        )))
    }

    fn to_disk(&self, observer: &mut dyn Observer) -> Result<Report> {
        let (source, target) = (&self.plan.database, &self.plan.store);
        require(source.is_file(), source, "a database")?;
        let database = Database::lock(source)?;
        let rows = database.read()?.ok_or_else(|| {
            refused(format!(
                "{} is empty: correct the path of the database",
                source.display()
            ))
        })?;
        let chosen = self.choose(&rows.mappings);
        self.refuse_unknown_provider(&rows)?;
        let names = ProviderNames::configured(
            chosen
                .iter()
                .map(|mapping| (mapping.provider.number, mapping.provider_name.clone()))
                .collect(),
        );
        let mut problems = rows.problems.clone();
        problems.extend(self.strangers(&rows));
        problems.extend(comparison::not_on_disk(
            &chosen,
            self.plan.auth_type,
            &self.plan.names,
            self.request.provider.is_some(),
        ));
        let there = match target.symlink_metadata() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Contents::default(),
            Err(error) => return Err(file_error("looked at", target, error)),
            Ok(_) => {
                require(target.is_dir(), target, "a directory")?;
                store::read(target, self.plan.auth_type, &names, observer)?
            }
        };
        let compared = comparison::with_store(&chosen, &there);
        let (mut report, new) = self.report(self.count(&rows.mappings), problems, compared);
        if self.is_to_be_written(&mut report, &chosen, observer)? {
            self.write_store(&new, &names, observer)?;
            report.outcome = Outcome::Moved;
        }
        Ok(report)
    }

    fn write_store(
        &self,
        mappings: &[Mapping],
        names: &ProviderNames,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        let owner = Owner::of(&self.plan.database)?;
        let workplace = Workplace::new(&self.plan.store, &owner)?;
        let path = workplace.unfinished();
        store_writer::write(path, mappings, &owner, observer)?;
        let read = store::read(path, self.plan.auth_type, names, observer)?;
        if !read.problems.is_empty() || !are_same(&read.mappings, mappings) {
            return Err(refused(format!(
                "the directory {} does not hold what was written to it: see that its disk works",
                path.display()
            )));
        }
        verification::directory(path, self.plan.auth_type, mappings, observer)?;
        refuse_running_service(&self.plan.socket)?;
        workplace.publish_directory()
    }

    fn strangers(&self, rows: &Rows) -> Vec<Problem> {
        let is_chosen = |name: &String| {
            let provider = self.request.provider.as_ref();
            provider.is_none_or(|provider| provider == name)
        };
        rows.strangers
            .iter()
            .filter(|stranger| is_chosen(&stranger.provider_name))
            .map(|stranger| {
                let (_, application, key) = &stranger.key;
                Problem {
                    kind: ProblemKind::CannotHold,
                    path: None,
                    application: Some(application.clone()),
                    key: Some(key.clone()),
                    provider: Some(stranger.provider_name.clone()),
                    reason: "on disk a provider is a number, and this one's is not known"
                        .to_owned(),
                    skipped: false,
                }
            })
            .collect()
    }

    fn refuse_unknown_provider(&self, rows: &Rows) -> Result<()> {
        let Some(name) = &self.request.provider else {
            return Ok(());
        };
        let counts = self.count(&rows.mappings);
        if counts.iter().any(|count| count.provider == *name) {
            return Ok(());
        }
        let names: Vec<&str> = counts.iter().map(|count| count.provider.as_str()).collect();
        Err(refused(format!(
            "the database has no provider called \"{}\": it has {}",
            name.escape_debug(),
            names.join(", ").escape_debug()
        )))
    }

    fn choose(&self, mappings: &[Mapping]) -> Vec<Mapping> {
        mappings
            .iter()
            .filter(|mapping| self.is_chosen(&mapping.provider_name))
            .cloned()
            .collect()
    }

    fn is_chosen(&self, provider: &str) -> bool {
        let chosen = self.request.provider.as_deref();
        chosen.is_none_or(|chosen| chosen == provider)
    }

    fn count(&self, mappings: &[Mapping]) -> Vec<ProviderCount> {
        let mut names: Vec<&str> = mappings
            .iter()
            .map(|mapping| mapping.provider_name.as_str())
            .collect();
        names.sort_unstable();
        names
            .chunk_by(|a, b| a == b)
            .filter_map(|same| {
                let provider = same.first()?;
                Some(ProviderCount {
                    provider: (*provider).to_owned(),
                    mappings: same.len(),
                    chosen: self.is_chosen(provider),
                })
            })
            .collect()
    }

    fn report(
        &self,
        providers: Vec<ProviderCount>,
        mut problems: Vec<Problem>,
        compared: Comparison,
    ) -> (Report, Vec<Mapping>) {
        for problem in &mut problems {
            let is_damage = matches!(problem.kind, ProblemKind::Damaged | ProblemKind::Foreign);
            problem.skipped = self.request.skip_damaged && is_damage;
        }
        problems.extend(compared.problems);
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let (store, database) = (text(&self.plan.store), text(&self.plan.database));
        let (source, target) = match self.request.reverse {
            false => (store, database),
            true => (database, store),
        };
        let report = Report {
            report_version: Report::VERSION,
            outcome: Outcome::Refused,
            dry_run: self.request.dry_run,
            reverse: self.request.reverse,
            source,
            target,
            providers,
            moved: compared.new.len(),
            already_there: compared.already_there,
            problems,
            token: None,
        };
        (report, compared.new)
    }

    /// Whether there is something to write and nothing in the way; looks for the keys in that case, too, that
    /// nothing is left to write.
    fn is_to_be_written(
        &self,
        report: &mut Report,
        chosen: &[Mapping],
        observer: &mut dyn Observer,
    ) -> Result<bool> {
        if report.obstacles().next().is_some() {
            report.moved = 0;
            return Ok(false);
        }
        if let Some(section) = &self.plan.section {
            report.token = on_token::check(section.clone(), chosen, observer)?;
        }
        report.outcome = match (report.moved, self.request.dry_run) {
            (0, _) => Outcome::NothingToDo,
            (_, true) => Outcome::WouldMove,
            (_, false) => return Ok(true),
        };
        Ok(false)
    }
}

fn require(is_there: bool, path: &Path, what: &str) -> Result<()> {
    match is_there {
        true => Ok(()),
        false => Err(refused(format!(
            "{} is not {what}: correct the path, or run this as the user of the service",
            path.display()
        ))),
    }
}

/// Whether both hold the same, in any order.
fn are_same(a: &[Mapping], b: &[Mapping]) -> bool {
    let sorted = |mappings: &[Mapping]| {
        let mut sorted = mappings.to_vec();
        sorted.sort_by_cached_key(|mapping| (mapping.key(), mapping.provider.number));
        sorted
    };
    a.len() == b.len()
        && sorted(a)
            .iter()
            .zip(&sorted(b))
            .all(|(a, b)| a.is_same(b))
}
