//! Owns the way from the disk to the database: read, compare, look on the token, write, verify, let it appear.

use std::io;

use super::comparison;
use super::database::{self, Database};
use super::database_rows::Rows;
use super::mapping::Mapping;
use super::migration::{Migration, Observer, are_same, require};
use super::publication::{Owner, Workplace};
use super::report::{Outcome, Report};
use super::running::refuse_running_service;
use super::{file_error, refused, store, verification};
use crate::error::Result;

impl Migration<'_> {
    pub(super) fn to_database(&self, observer: &mut dyn Observer) -> Result<Report> {
        let (source, target) = (&self.plan.store, &self.plan.database);
        require(source.is_dir(), source, "a directory of mappings")?;
        let existing = match target.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                database::refuse_remnants(target)?;
                None
            }
            Err(error) => return Err(file_error("looked at", target, error)),
            Ok(_) => {
                require(target.is_file(), target, "a database")?;
                Some(Database::lock(target)?)
            }
        };
        let owner = Owner::of(source)?;
        // Removes what a migration left that was killed at its last step.
        let workplace = match existing.is_some() && !self.request.dry_run {
            true => Some(Workplace::new(target, &owner)?),
            false => None,
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
                let verified =
                    verification::database(target, self.plan.auth_type, &chosen, observer);
                report.afterwards = verified.err().map(|error| error.to_string());
            }
            // An empty file is locked until the new one has taken its place.
            empty => {
                let workplace = match workplace {
                    Some(workplace) => workplace,
                    None => Workplace::new(target, &owner)?,
                };
                let replace = empty.is_some();
                report.afterwards = self.create(&new, &owner, workplace, replace, observer)?;
            }
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
        self.read_back(
            &database,
            rows.mappings.iter().chain(new),
            rows.strangers.len(),
        )?;
        refuse_running_service(&self.plan.socket)?;
        database.commit()
    }

    /// Gives what failed once the new database was there.
    fn create(
        &self,
        mappings: &[Mapping],
        owner: &Owner,
        workplace: Workplace,
        replace: bool,
        observer: &mut dyn Observer,
    ) -> Result<Option<String>> {
        let path = workplace.unfinished();
        let database = Database::create(path, self.plan.auth_type, owner)?;
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
}
