//! Owns what a report means in one line.

use super::Report;
use crate::check::outcome::Outcome;

impl Report {
    /// Whether the token has what the level asks for, as far as the cases that ran tell.
    pub fn passed(&self) -> bool {
        self.verdict.passed && !self.is_interrupted_or_empty()
    }

    /// Whether this is what the exit code 0 stands for: the level passed, and no case is a new failure.
    pub fn is_success(&self) -> bool {
        let new_failures = self.difference.as_ref().map(|it| it.new_failures.len());
        self.passed() && new_failures.unwrap_or(0) == 0
    }

    /// The verdict: `parsec-minimum: passed`, or what it lacks; the broken cases are not named.
    pub fn headline(&self) -> String {
        let level = self.verdict.level;
        let broken = self.verdict.broken.len();
        if self.run.interrupted {
            return format!("{level}: not decided, as the run was interrupted");
        }
        if self.is_interrupted_or_empty() {
            return format!("{level}: not decided, as every case was skipped");
        }
        match (broken, self.run.partial || self.run.quick) {
            (0, false) => format!("{level}: passed"),
            (0, true) => format!("{level}: passed, as far as the chosen cases tell"),
            (1, _) => format!("{level}: NOT passed, 1 required case is broken"),
            (_, _) => format!("{level}: NOT passed, {broken} required cases are broken"),
        }
    }

    /// How many cases ended how: `12 cases: 9 pass, 1 warn, 2 skip, 0 fail`.
    pub fn counts(&self) -> String {
        let counts = Outcome::ALL.map(|it| format!("{} {}", self.count(it), it.word()));
        format!("{} cases: {}", self.cases.len(), counts.join(", "))
    }

    fn is_interrupted_or_empty(&self) -> bool {
        self.run.interrupted || self.count(Outcome::Skip) == self.cases.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::report::samples::{case, report};

    #[test]
    fn a_run_in_which_everything_was_skipped_passes_nothing() {
        let report = report([case("a.b", Outcome::Skip)]);
        assert!(!report.passed());
        assert_eq!(
            report.headline(),
            "parsec-minimum: not decided, as every case was skipped"
        );
    }

    #[test]
    fn an_interrupted_run_is_no_success() {
        let mut report = report([case("a.b", Outcome::Pass)]);
        assert!(report.is_success());
        report.run.interrupted = true;
        assert!(!report.is_success());
    }

    #[test]
    fn a_part_of_the_cases_is_called_a_part() {
        let mut report = report([case("a.b", Outcome::Warn)]);
        report.run.partial = true;
        assert!(report.headline().contains("the chosen cases"));
    }
}
