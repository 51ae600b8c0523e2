//! Owns the summary that a person reads in a terminal.

use std::fmt::Write;

use super::Report;
use crate::check::outcome::Outcome;

/// The report in a few lines.
pub fn summary(report: &Report) -> String {
    let mut text = String::new();
    for case in &report.cases {
        if case.outcome == Outcome::Fail {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "fail {}", case.id);
        }
    }
    let _ = writeln!(
        text,
        "{}: {} of {} cases pass",
        report.verdict.level,
        report.count(Outcome::Pass),
        report.cases.len()
    );
    text
}
