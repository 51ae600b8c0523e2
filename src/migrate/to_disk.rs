//! Owns the way back from the database to the disk.

use std::io;

use super::comparison;
use super::database::Database;
use super::database_rows::Rows;
use super::mapping::Mapping;
use super::migration::{Migration, Observer, are_same, require};
use super::provider_kind::ProviderNames;
use super::publication::{Owner, Workplace};
use super::report::{Outcome, Problem, ProblemKind, Report};
use super::running::refuse_running_service;
use super::store::{self, Contents};
use super::{file_error, refused, store_writer, verification};
use crate::error::Result;

impl Migration<'_> {
    pub(super) fn to_disk(&self, observer: &mut dyn Observer) -> Result<Report> {
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
            Err(error) if error.kind() == io::ErrorKind::NotFound => Contents::default(),
            Err(error) => return Err(file_error("looked at", target, error)),
            Ok(file) => {
                // It is replaced as a whole, and a link cannot be by a directory.
                require(file.is_dir(), target, "a directory")?;
                store::read(target, self.plan.auth_type, &names, observer)?
            }
        };
        let compared = comparison::with_store(&chosen, &there);
        let (mut report, new) = self.report(self.count(&rows.mappings), problems, compared);
        if self.is_to_be_written(&mut report, &chosen, observer)? {
            report.afterwards = self.write_store(&new, &names, observer)?;
            report.outcome = Outcome::Moved;
        }
        Ok(report)
    }

    /// Gives what failed once the directory was there.
    fn write_store(
        &self,
        mappings: &[Mapping],
        names: &ProviderNames,
        observer: &mut dyn Observer,
    ) -> Result<Option<String>> {
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
}
