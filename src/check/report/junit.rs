//! Owns the report in JUnit's XML, in the form that Jenkins reads: one test suite for each suite of cases.

use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::Report;
use crate::check::finding::Finding;
use crate::check::outcome::{CaseResult, Outcome};
use crate::error::{Error, ErrorKind, Result};

/// The report as XML.
///
/// # Errors
///
/// [`ErrorKind::InsufficientMemory`] if there is no room for it.
pub fn write(report: &Report) -> Result<String> {
    let mut document = quick_junit::Report::new("parsec-pkcs11 check");
    document.timestamp = report.run.started.parse().ok();
    document.time = time(report.run.seconds);
    document.add_test_suites(report.suites().into_iter().map(|name| suite(report, name)));
    document.to_string().map_err(|source| {
        Error::new(
            ErrorKind::InsufficientMemory,
            "the report cannot be written",
        )
        .with_source(source)
    })
}

fn suite(report: &Report, name: &str) -> TestSuite {
    let mut suite = TestSuite::new(name);
    suite.timestamp = report.run.started.parse().ok();
    let cases: Vec<_> = report
        .cases
        .iter()
        .filter(|case| case.suite() == name)
        .collect();
    suite.time = time(cases.iter().map(|case| case.milliseconds / 1000.0).sum());
    suite.add_properties(properties(report));
    suite.add_test_cases(cases.into_iter().map(test_case));
    suite
}

/// Readers know properties of suites only, so each has them.
fn properties(report: &Report) -> Vec<(String, String)> {
    let run = [
        ("run", report.run.id.clone()),
        ("program", report.program.clone()),
        ("level", report.verdict.level.to_string()),
        ("verdict", report.headline()),
    ];
    let token = report.token.named();
    let token = token.map(|(name, value)| (name, value.to_owned()));
    let named = run.into_iter().chain(token);
    named
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn test_case(case: &CaseResult) -> TestCase {
    let mut test_case = TestCase::new(case.id.clone(), status(case));
    test_case.set_classname(format!("parsec-pkcs11.{}", case.suite()));
    test_case.time = time(case.milliseconds / 1000.0);
    let out = output(case);
    if !out.is_empty() {
        test_case.set_system_out(out);
    }
    test_case
}

fn status(case: &CaseResult) -> TestCaseStatus {
    match case.outcome {
        Outcome::Pass | Outcome::Warn => TestCaseStatus::success(),
        Outcome::Skip => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(case.reason.clone().unwrap_or_default());
            status
        }
        Outcome::Fail => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let actual = case.findings.first().map(|finding| finding.actual.clone());
            status.set_message(actual.unwrap_or_else(|| case.title.clone()));
            status.set_type(match case.required {
                true => "required",
                false => "not required",
            });
            status.set_description(described(case));
            status
        }
    }
}

/// Warnings have no element of their own in this form.
fn output(case: &CaseResult) -> String {
    let mut text = match case.outcome {
        Outcome::Warn => format!("warning: {}", described(case)),
        _ => String::new(),
    };
    for note in &case.notes {
        text.push_str(&format!("note: {note}\n"));
    }
    for (name, value) in &case.measurements {
        text.push_str(&format!("measured: {name}: {value}\n"));
    }
    text
}

fn described(case: &CaseResult) -> String {
    let findings: String = case.findings.iter().map(lines).collect();
    format!("{} ({})\n{findings}", case.title, case.source)
}

fn lines(finding: &Finding) -> String {
    let call = match finding.answer() {
        Some(call) => format!("call: {call}\n"),
        None => String::new(),
    };
    format!(
        "expected: {}\nactual: {}\n{call}remedy: {}\n",
        finding.expected, finding.actual, finding.remedy
    )
}

fn time(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}
