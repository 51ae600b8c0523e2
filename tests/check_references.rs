//! What a whole run of `parsec-pkcs11 check` says about each token here is stored; a change must explain itself.
//!
//! `CHECK_REFERENCES=write cargo nextest run --test check_references` stores what is said now; with
//! `CHECK_REPORTS=DIRECTORY` the whole reports go there.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "op/access.rs"]
mod access;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "check/run.rs"]
mod run;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use access::Access;
use parsec_pkcs11_ecc::check::CaseResult;
use parsec_pkcs11_ecc::check::report::json;
use run::Checked;

#[test]
fn softhsm() {
    let token = softhsm_test::Token::new().unwrap();
    let access = Access {
        module: softhsm_test::module_path().unwrap(),
        serial: Some(token.serial().to_owned()),
        pin: token.user_pin().to_owned(),
        ..Access::default()
    };
    holds("softhsm2-2.6.1", &access);
}

#[test]
fn kryoptic() {
    let token = test_tokens::kryoptic::start().unwrap();
    holds("kryoptic-1.5.4", &Access::from(&token));
}

#[test]
fn nss() {
    let token = test_tokens::nss::start().unwrap();
    holds("nss-softokn-3.87", &Access::from(&token));
}

#[test]
fn p11_kit() {
    let token = test_tokens::p11_kit::start().unwrap();
    holds("p11-kit-0.24", &Access::from(&token));
}

#[test]
fn opencryptoki() {
    let token = test_tokens::opencryptoki::start().unwrap();
    holds("opencryptoki-3.8.1", &Access::from(&token));
}

#[test]
fn tpm2() {
    let token = test_tokens::tpm2::start().unwrap();
    // A case that ends because the token mixed up handles cannot tell what is its own; the sweep can.
    says("tpm2-pkcs11-1.9", &Access::from(&token));
}

/// The run says what is stored, and its cases clean up by themselves.
fn holds(name: &str, access: &Access) {
    let checked = says(name, access);
    assert_eq!(checked.report.unwrap().run.removed, 0);
}

/// Runs every case on the token and compares how each ends with what is stored.
fn says(name: &str, access: &Access) -> Checked {
    let checked = run::check(access, &["--level", "parsec-full"]);
    let said = outcomes(&checked);
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/check_references")
        .join(format!("{name}.txt"));
    if std::env::var_os("CHECK_REFERENCES").is_some() {
        fs::write(&file, &said).unwrap();
    }
    let stored = fs::read_to_string(&file).unwrap_or_default();
    let differences = [("-", &stored, &said), ("+", &said, &stored)]
        .into_iter()
        .flat_map(|(sign, these, those)| {
            these
                .lines()
                .filter(|line| !those.lines().any(|other| other == *line))
                .map(move |line| format!("{sign} {line}"))
        })
        .collect::<Vec<_>>();
    if let Some(directory) = std::env::var_os("CHECK_REPORTS") {
        let text = json::write(checked.report.as_ref().unwrap()).unwrap();
        fs::write(Path::new(&directory).join(format!("{name}.json")), text).unwrap();
    }
    assert!(
        differences.is_empty(),
        "{} says something else now:\n{}",
        file.display(),
        differences.join("\n")
    );
    let report = checked.report.as_ref().unwrap();
    assert_eq!(report.run.cleaning_problem, None);
    checked
}

/// A line for each case: how it ended, its identifier, and what the token returned.
fn outcomes(checked: &Checked) -> String {
    let report = checked.report.as_ref().unwrap_or_else(|| {
        panic!("{}", String::from_utf8_lossy(&checked.output.stderr));
    });
    let mut lines = String::new();
    for case in &report.cases {
        writeln!(lines, "{} {}{}", case.outcome.word(), case.id, values(case)).unwrap();
    }
    lines
}

fn values(case: &CaseResult) -> String {
    let values = case.findings.iter().filter_map(|finding| {
        let value = finding.value.as_deref()?;
        Some(format!(
            " {}={value}",
            finding.call.as_deref().unwrap_or("?")
        ))
    });
    values.collect()
}
