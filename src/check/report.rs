//! Owns the report of a run: what was validated, how each case ended, and what that means for Parsec.

mod description;
pub mod difference;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod matrix;
pub mod profile;
#[cfg(test)]
pub(crate) mod samples;
pub mod terminal;
mod verdict;

use serde::{Deserialize, Serialize};

use super::level::Level;
use super::outcome::{CaseResult, Fact, Outcome};
use difference::Difference;

pub use description::TokenDescription;
pub(super) use description::describe;

/// The version of the form of a [`Report`]; a change that a reader could trip over raises it.
pub const VERSION: u32 = 1;

/// What a run found. Its JSON form is described by docs/check-report-1.schema.json.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`VERSION`].
    pub version: u32,
    /// The program that made it, and its version.
    pub program: String,
    /// The run itself.
    pub run: Run,
    /// The token, by its own words.
    pub token: TokenDescription,
    /// What it was held against, and whether it is enough.
    pub verdict: LevelVerdict,
    /// How the cases ended, in the order in which they ran.
    pub cases: Vec<CaseResult>,
    /// What changed since the report that it was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
}

/// When and how a run was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its identifier: 16 hexadecimal digits, which are in the labels of its objects.
    pub id: String,
    /// When it began: RFC 3339, UTC.
    pub started: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Whether only the short cases were asked for.
    pub quick: bool,
    /// Whether only some suites, curves or cases were asked for.
    pub partial: bool,
    /// Whether it was ended by a signal.
    pub interrupted: bool,
    /// How many objects were left on the token by cases that did not come to their end, and were removed.
    pub removed: usize,
    /// Why they could not be removed; `check --clean` tries again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleaning_problem: Option<String>,
}

/// Whether the token has what the level asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LevelVerdict {
    /// The level.
    pub level: Level,
    /// Whether every required case passed.
    pub passed: bool,
    /// The required cases that did not.
    pub broken: Vec<String>,
}

impl Report {
    /// How many cases ended so.
    pub fn count(&self, outcome: Outcome) -> usize {
        let ended_so = |case: &&CaseResult| case.outcome == outcome;
        self.cases.iter().filter(ended_so).count()
    }

    /// How many cases of a suite ended how, in the order of [`Outcome::ALL`].
    pub fn count_of(&self, suite: &str) -> [usize; Outcome::ALL.len()] {
        Outcome::ALL.map(|outcome| {
            let ended_so = |case: &&CaseResult| case.suite() == suite && case.outcome == outcome;
            self.cases.iter().filter(ended_so).count()
        })
    }

    /// What a quirk profile can say of the token: each fact once, in the profile's order.
    pub fn facts(&self) -> Vec<&Fact> {
        let mut facts: Vec<_> = self.cases.iter().flat_map(|case| &case.facts).collect();
        facts.sort();
        facts.dedup();
        facts
    }

    /// The names of the suites, in the order in which they ran.
    pub fn suites(&self) -> Vec<&str> {
        let mut suites = Vec::new();
        for case in &self.cases {
            if !suites.contains(&case.suite()) {
                suites.push(case.suite());
            }
        }
        suites
    }
}
