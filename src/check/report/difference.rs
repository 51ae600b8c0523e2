//! Owns what changed between two reports.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Report, TokenDescription};
use crate::check::outcome::{CaseResult, Outcome};

/// A measurement that is less than so many times higher or lower than before has not changed: on a machine that
/// does other things, too, the same token differs by about a tenth.
pub const TOLERANCE: f64 = 1.25;

/// The same of the slowest calls in a hundred, of which there are few.
pub const TOLERANCE_OF_THE_SLOWEST: f64 = 2.0;

/// What the names of rates end with: more is better.
const RATE: &str = "_per_second";

/// What the names of times end with: less is better.
const TIME: &str = "seconds";

/// What the names of times of the slowest calls begin with.
const SLOWEST: &str = "p99_";

/// The suite whose measurements are those of a load.
const LOAD_SUITE: &str = "concurrency";

/// What changed since an earlier report, the *baseline*.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The earlier report.
    pub baseline: Baseline,
    /// Cases of both reports that fail, and did not.
    pub new_failures: Vec<String>,
    /// Cases of both reports that failed, and pass, maybe with a workaround.
    pub fixed: Vec<String>,
    /// Cases of both reports that changed in another way.
    pub changed: Vec<Change>,
    /// Cases that the baseline does not have.
    pub came: Vec<String>,
    /// Cases that only the baseline has.
    pub went: Vec<String>,
    /// Rates and times under load that changed by [`TOLERANCE`], or [`TOLERANCE_OF_THE_SLOWEST`], or more.
    pub timing: Vec<Timing>,
}

/// Which report it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The identifier of its run.
    pub run: String,
    /// When that began.
    pub started: String,
    /// The program that made it.
    pub program: String,
    /// The token of then.
    pub token: TokenDescription,
}

/// A case that ended in another way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The case.
    pub id: String,
    /// How it ended in the baseline.
    pub before: Outcome,
    /// How it ended now.
    pub now: Outcome,
}

/// A measurement that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// The case.
    pub id: String,
    /// The name of the measurement, with its unit.
    pub measurement: String,
    /// Its value in the baseline.
    pub before: f64,
    /// Its value now.
    pub now: f64,
    /// `now` divided by `before`.
    pub ratio: f64,
}

impl Timing {
    /// Whether the token is slower in this than before.
    pub fn is_slower(&self) -> bool {
        (self.ratio < 1.0) == self.measurement.ends_with(RATE)
    }
}

impl Difference {
    /// What changed from `baseline` to `report`.
    pub fn between(baseline: &Report, report: &Report) -> Self {
        let before = by_id(baseline);
        let now = by_id(report);
        let mut difference = Self {
            baseline: Baseline {
                run: baseline.run.id.clone(),
                started: baseline.run.started.clone(),
                program: baseline.program.clone(),
                token: baseline.token.clone(),
            },
            new_failures: Vec::new(),
            fixed: Vec::new(),
            changed: Vec::new(),
            came: only_in(report, &before),
            went: only_in(baseline, &now),
            timing: Vec::new(),
        };
        for case in &report.cases {
            if let Some(earlier) = before.get(case.id.as_str()) {
                difference.add_outcome(earlier, case);
                difference.add_timing(earlier, case);
            }
        }
        difference
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        let lists = [&self.new_failures, &self.fixed, &self.came, &self.went];
        lists.iter().all(|list| list.is_empty())
            && self.changed.is_empty()
            && self.timing.is_empty()
    }

    fn add_outcome(&mut self, before: &CaseResult, now: &CaseResult) {
        let id = now.id.clone();
        match (before.outcome, now.outcome) {
            (before, now) if before == now => {}
            (_, Outcome::Fail) => self.new_failures.push(id),
            (Outcome::Fail, Outcome::Pass | Outcome::Warn) => self.fixed.push(id),
            (before, now) => self.changed.push(Change { id, before, now }),
        }
    }

    fn add_timing(&mut self, before: &CaseResult, now: &CaseResult) {
        if now.suite() != LOAD_SUITE {
            return;
        }
        for (name, &value) in &now.measurements {
            let Some((&earlier, most)) = before.measurements.get(name).zip(tolerance(name)) else {
                continue;
            };
            let ratio = value / earlier;
            // One that was or is 0 has no ratio, and JSON no infinity.
            if ratio.is_normal() && (ratio >= most || ratio <= 1.0 / most) {
                self.timing.push(Timing {
                    id: now.id.clone(),
                    measurement: name.clone(),
                    before: earlier,
                    now: value,
                    ratio,
                });
            }
        }
    }
}

/// `None` for what is neither a rate nor a time.
fn tolerance(measurement: &str) -> Option<f64> {
    match measurement.ends_with(RATE) || measurement.ends_with(TIME) {
        true if measurement.starts_with(SLOWEST) => Some(TOLERANCE_OF_THE_SLOWEST),
        true => Some(TOLERANCE),
        false => None,
    }
}

fn by_id(report: &Report) -> BTreeMap<&str, &CaseResult> {
    let cases = report.cases.iter();
    cases.map(|case| (case.id.as_str(), case)).collect()
}

fn only_in(report: &Report, other: &BTreeMap<&str, &CaseResult>) -> Vec<String> {
    let ids = report.cases.iter().map(|case| &case.id);
    ids.filter(|id| !other.contains_key(id.as_str()))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::report::samples::{case, report};

    #[test]
    fn a_report_does_not_differ_from_itself() {
        let report = report([case("a.b", Outcome::Fail)]);
        assert!(Difference::between(&report, &report).is_empty());
    }

    #[test]
    fn outcomes_that_changed() {
        use Outcome::{Fail, Pass, Skip, Warn};
        let rows = [
            ("a.broke", Pass, Fail),
            ("a.skip-broke", Skip, Fail),
            ("a.fixed", Fail, Warn),
            ("a.vanished", Fail, Skip),
            ("a.warns", Pass, Warn),
            ("a.same", Fail, Fail),
        ];
        let before = report(rows.iter().map(|(id, before, _)| case(id, *before)));
        let now = report(rows.iter().map(|(id, _, now)| case(id, *now)));
        let difference = Difference::between(&before, &now);
        assert_eq!(difference.new_failures, ["a.broke", "a.skip-broke"]);
        assert_eq!(difference.fixed, ["a.fixed"]);
        let changed: Vec<_> = difference.changed.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(changed, ["a.vanished", "a.warns"]);
    }

    #[test]
    fn cases_that_came_and_went_are_no_new_failures() {
        let before = report([case("a.old", Outcome::Pass)]);
        let now = report([case("a.new", Outcome::Fail)]);
        let difference = Difference::between(&before, &now);
        assert_eq!(difference.came, ["a.new"]);
        assert_eq!(difference.went, ["a.old"]);
        assert!(difference.new_failures.is_empty());
    }

    #[test]
    fn measurements_under_load_differ_from_the_tolerance_on() {
        let measured = |suite: &str, name: &str, value| {
            let mut case = case(&format!("{suite}.load"), Outcome::Pass);
            case.measurements.insert(name.to_owned(), value);
            report([case])
        };
        for (suite, name, before, now, slower) in [
            ("concurrency", "signatures_per_second", 100.0, 124.0, None),
            (
                "concurrency",
                "signatures_per_second",
                100.0,
                125.0,
                Some(false),
            ),
            ("concurrency", "signatures_per_second", 100.0, 81.0, None),
            (
                "concurrency",
                "signatures_per_second",
                100.0,
                80.0,
                Some(true),
            ),
            ("concurrency", "signatures_per_second", 0.0, 100.0, None),
            ("concurrency", "p50_microseconds", 100.0, 125.0, Some(true)),
            ("concurrency", "p99_microseconds", 100.0, 199.0, None),
            ("concurrency", "p99_microseconds", 100.0, 50.0, Some(false)),
            ("concurrency", "operations", 100.0, 10.0, None),
            ("ecdsa", "signatures_per_second", 100.0, 10.0, None),
        ] {
            let before = measured(suite, name, before);
            let difference = Difference::between(&before, &measured(suite, name, now));
            let found = difference.timing.first().map(Timing::is_slower);
            assert_eq!(found, slower, "{suite} {name} {now}");
        }
    }
}
