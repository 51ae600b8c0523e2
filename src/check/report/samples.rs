//! Owns small reports for the tests of what is made of them.

use std::collections::BTreeMap;

use super::{LevelVerdict, Report, Run, TokenDescription, VERSION};
use crate::check::level::Level;
use crate::check::outcome::{CaseResult, Outcome};

/// A case that says nothing but its outcome.
pub(crate) fn case(id: &str, outcome: Outcome) -> CaseResult {
    CaseResult {
        id: id.to_owned(),
        title: format!("what {id} is about"),
        source: "PKCS#11 3.0".to_owned(),
        outcome,
        reason: None,
        findings: Vec::new(),
        notes: Vec::new(),
        measurements: BTreeMap::new(),
        facts: Vec::new(),
        required: true,
        milliseconds: 1.0,
    }
}

/// A report of these cases; what failed is broken.
pub(crate) fn report(cases: impl IntoIterator<Item = CaseResult>) -> Report {
    let cases: Vec<_> = cases.into_iter().collect();
    let failed = cases.iter().filter(|case| case.outcome == Outcome::Fail);
    let broken: Vec<_> = failed.map(|case| case.id.clone()).collect();
    Report {
        version: VERSION,
        program: "parsec-pkcs11 0.0.0".to_owned(),
        run: Run {
            id: "0123456789abcdef".to_owned(),
            started: "2026-01-02T03:04:05Z".to_owned(),
            seconds: 1.5,
            quick: false,
            partial: false,
            interrupted: false,
            removed: 0,
            cleaning_problem: None,
        },
        token: TokenDescription {
            label: "a token".to_owned(),
            ..TokenDescription::default()
        },
        verdict: LevelVerdict {
            level: Level::Minimum,
            passed: broken.is_empty(),
            broken,
        },
        cases,
        difference: None,
    }
}
