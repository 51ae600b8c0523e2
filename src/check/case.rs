//! Owns a case: one thing that is looked at, what says that it must hold, and for which level.

use std::fmt;
use std::time::Duration;

use super::level::{Level, Need};
use super::outcome::{CaseResult, Outcome, Verdict};
use super::subject::Subject;
use crate::ec::Curve;
use crate::error::Result;

/// How long a case may take unless it says otherwise.
const LIMIT: Duration = Duration::from_secs(60);

type Run = Box<dyn Fn(&mut Subject) -> Result<Verdict>>;

/// One thing that is looked at.
///
/// Its identifier is stable: `SUITE.WHAT` or `SUITE.CURVE.WHAT`, words in lower case with `-`, and names
/// of curves as in the README.
pub struct Case {
    id: String,
    title: String,
    source: &'static str,
    curve: Option<Curve>,
    need: Need,
    limit: Duration,
    quick: bool,
    run: Run,
}

impl Case {
    /// A case: `title` says what must hold, `source` the standard and its section, and `run` looks.
    ///
    /// A `run` that ends with [`ErrorKind::NotSupported`](crate::ErrorKind::NotSupported) is skipped, with any other
    /// error it failed.
    pub(crate) fn new(
        id: impl Into<String>,
        title: impl Into<String>,
        source: &'static str,
        run: impl Fn(&mut Subject) -> Result<Verdict> + 'static,
    ) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            source,
            curve: None,
            need: Need::None,
            limit: LIMIT,
            quick: false,
            run: Box::new(run),
        }
    }

    /// The same, about a curve.
    pub(crate) fn on(mut self, curve: Curve) -> Self {
        self.curve = Some(curve);
        self
    }

    /// The same, needed from `level` on: it must work.
    pub(crate) fn works_for(mut self, level: Level) -> Self {
        self.need = Need::Works(level);
        self
    }

    /// The same, needed from `level` on: it must not be wrong, but a token may lack it.
    pub(crate) fn not_wrong_for(mut self, level: Level) -> Self {
        self.need = Need::NotWrong(level);
        self
    }

    /// The same, about a curve on which a token must be able to do it: from `lowest` on for secp256r1, and for
    /// the level full on the other curves that this level names. Elsewhere it must not be wrong.
    pub(crate) fn needed_on(self, curve: Curve, lowest: Level) -> Self {
        let case = self.on(curve);
        match curve {
            Curve::Secp256r1 => case.works_for(lowest).quick(),
            Curve::Secp384r1 | Curve::Secp521r1 => case.works_for(Level::Full),
            _ => case.not_wrong_for(Level::Full),
        }
    }

    /// The same, about a curve on which a token may lack it and must not do it wrongly: from `lowest` on for
    /// secp256r1.
    pub(crate) fn harmless_on(self, curve: Curve, lowest: Level) -> Self {
        let case = self.on(curve);
        match curve {
            Curve::Secp256r1 => case.not_wrong_for(lowest).quick(),
            _ => case.not_wrong_for(Level::Full),
        }
    }

    /// The same, also part of `--quick`.
    pub(crate) fn quick(mut self) -> Self {
        self.quick = true;
        self
    }

    /// The same, with another time limit.
    pub(crate) fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Its identifier.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What must hold.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The standard and the section that says so.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// The suite: what stands before the first dot of the identifier.
    pub fn suite(&self) -> &str {
        self.id.split('.').next().unwrap_or(&self.id)
    }

    /// The curve that it is about, if it is about one.
    pub fn curve(&self) -> Option<Curve> {
        self.curve
    }

    /// The lowest level that needs it.
    pub fn level(&self) -> Option<Level> {
        self.need.level()
    }

    /// Whether the level that needs it lets a token lack what it is about.
    pub fn may_be_skipped(&self) -> bool {
        !matches!(self.need, Need::Works(_))
    }

    /// Whether it is part of `--quick`.
    pub fn is_quick(&self) -> bool {
        self.quick
    }

    /// How long it may take.
    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// Whether `level` needs it.
    pub(crate) fn is_required(&self, level: Level) -> bool {
        self.need.applies(level)
    }

    /// Whether such an outcome is not what `level` asks for.
    pub(crate) fn breaks(&self, level: Level, outcome: Outcome) -> bool {
        match outcome {
            _ if !self.is_required(level) => false,
            Outcome::Pass | Outcome::Warn => false,
            Outcome::Skip => !self.may_be_skipped(),
            Outcome::Fail => true,
        }
    }

    /// Looks.
    pub(crate) fn run(&self, subject: &mut Subject) -> Result<Verdict> {
        (self.run)(subject)
    }

    /// How it ended.
    pub(crate) fn ended(&self, verdict: Verdict, time: Duration, level: Level) -> CaseResult {
        CaseResult {
            id: self.id.clone(),
            title: self.title.clone(),
            source: self.source.to_owned(),
            outcome: verdict.outcome,
            reason: verdict.reason,
            findings: verdict.findings,
            notes: verdict.notes,
            measurements: verdict.measurements,
            facts: verdict.facts,
            required: self.is_required(level),
            milliseconds: time.as_secs_f64() * 1000.0,
        }
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Case").field(&self.id).finish()
    }
}
