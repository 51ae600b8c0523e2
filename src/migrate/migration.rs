//! Owns what a migration has in common whichever way it goes: who is chosen, what is in the way, the report.

use std::path::Path;

use super::comparison::Comparison;
use super::mapping::Mapping;
use super::plan::{Plan, Request};
use super::report::{Outcome, Problem, ProblemKind, ProviderCount, Report};
use super::running::refuse_running_service;
use super::{on_token, refused};
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
/// written, a database that another program uses, a token that cannot be asked. Nothing was written then.
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

pub(super) struct Migration<'a> {
    pub(super) request: &'a Request,
    pub(super) plan: &'a Plan,
}

impl Migration<'_> {
    pub(super) fn choose(&self, mappings: &[Mapping]) -> Vec<Mapping> {
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

    pub(super) fn count(&self, mappings: &[Mapping]) -> Vec<ProviderCount> {
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

    pub(super) fn report(
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
            afterwards: None,
        };
        (report, compared.new)
    }

    /// Whether there is something to write and nothing in the way; looks for the keys in that case, too, that
    /// nothing is left to write.
    pub(super) fn is_to_be_written(
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

pub(super) fn require(is_there: bool, path: &Path, what: &str) -> Result<()> {
    match is_there {
        true => Ok(()),
        false => Err(refused(format!(
            "{} is not {what}: correct the path, or run this as the user of the service",
            path.display()
        ))),
    }
}

/// Whether both hold the same, in any order.
pub(super) fn are_same(a: &[Mapping], b: &[Mapping]) -> bool {
    let sorted = |mappings: &[Mapping]| {
        let mut sorted = mappings.to_vec();
        sorted.sort_by_cached_key(|mapping| (mapping.key(), mapping.provider.number));
        sorted
    };
    a.len() == b.len() && sorted(a).iter().zip(&sorted(b)).all(|(a, b)| a.is_same(b))
}
