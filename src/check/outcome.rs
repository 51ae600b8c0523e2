//! Owns what a case says: its outcome, its findings, what it measured and what it found out for a profile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::finding::Finding;
use crate::error::{Error, ErrorKind};

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It is as the standard says.
    Pass,
    /// It works, but Parsec has to work around something.
    Warn,
    /// The token does not have it, or it was not asked for; the reason is told.
    Skip,
    /// It is wrong.
    Fail,
}

impl Outcome {
    /// All of them, the best one first.
    pub const ALL: [Self; 4] = [Self::Pass, Self::Warn, Self::Skip, Self::Fail];

    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Skip => "skip",
            Self::Fail => "fail",
        }
    }
}

/// Something about a token that a quirk profile can say: docs/profiles.md.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fact")]
pub enum Fact {
    /// Whether handles of objects may be kept: `handle_cache`.
    HandleCache {
        /// Whether they may.
        keep: bool,
    },
    /// The module has to be initialised anew after each destruction: `renew_after_destroy`.
    RenewAfterDestroy,
    /// The most sessions that work at once: `max_sessions`.
    MaxSessions {
        /// So many.
        count: u32,
    },
    /// A difference of the templates, by its name in the profile's table `template`.
    Template {
        /// `name_kind`, for example, or the name of an attribute for `omit`.
        change: String,
    },
    /// Whether the token can do something on a curve.
    Ability {
        /// The name of the curve.
        curve: String,
        /// The name of the ability in the profile.
        ability: String,
        /// Whether it can.
        able: bool,
    },
}

/// What a case function found.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome,
    pub(crate) reason: Option<String>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) notes: Vec<String>,
    pub(crate) measurements: BTreeMap<String, f64>,
    pub(crate) facts: Vec<Fact>,
}

impl Verdict {
    /// Nothing is wrong.
    pub(crate) fn pass() -> Self {
        Self {
            outcome: Outcome::Pass,
            reason: None,
            findings: Vec::new(),
            notes: Vec::new(),
            measurements: BTreeMap::new(),
            facts: Vec::new(),
        }
    }

    /// The case says nothing about this token.
    pub(crate) fn skip(reason: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::Skip,
            reason: Some(reason.into()),
            ..Self::pass()
        }
    }

    /// The token is wrong.
    pub(crate) fn fail(finding: Finding) -> Self {
        Self::pass().with_failure(finding)
    }

    /// It works, with a workaround.
    pub(crate) fn warn(finding: Finding) -> Self {
        Self::pass().with_warning(finding)
    }

    /// The same, and the token is wrong in this.
    pub(crate) fn with_failure(mut self, finding: Finding) -> Self {
        self.outcome = Outcome::Fail;
        self.findings.push(finding);
        self
    }

    /// The same, and this needs a workaround; a failure stays one.
    pub(crate) fn with_warning(mut self, finding: Finding) -> Self {
        if self.outcome != Outcome::Fail {
            self.outcome = Outcome::Warn;
        }
        self.findings.push(finding);
        self
    }

    /// The same, with something worth knowing.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The same, with a figure; the name says its unit. One that is infinite or no number is left out, as JSON
    /// has none of these.
    pub(crate) fn measured(mut self, name: impl Into<String>, value: f64) -> Self {
        if value.is_finite() {
            self.measurements.insert(name.into(), value);
        }
        self
    }

    /// The same, with something that a profile can say.
    pub(crate) fn fact(mut self, fact: Fact) -> Self {
        self.facts.push(fact);
        self
    }

    /// What an error means that ended a case: what the token does not have is skipped, and everything else is
    /// wrong.
    pub(crate) fn of_error(expected: &str, error: &Error) -> Self {
        match error.kind() {
            ErrorKind::NotSupported => Self::skip(error.to_string()),
            _ => Self::fail(Finding::of(expected, error)),
        }
    }
}

/// How a case ended, as reports have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseResult {
    /// The identifier of the case.
    pub id: String,
    /// What must hold.
    pub title: String,
    /// The section of the standard that says so.
    pub source: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is wrong, or has to be worked around.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What is worth knowing besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Figures by name; the name says the unit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measurements: BTreeMap<String, f64>,
    /// What a quirk profile can say of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// Whether the required level needs it.
    pub required: bool,
    /// How long it took, in milliseconds.
    pub milliseconds: f64,
}

impl CaseResult {
    /// The suite that the case belongs to: what stands before the first dot of its identifier.
    pub fn suite(&self) -> &str {
        self.id.split('.').next().unwrap_or(&self.id)
    }
}
