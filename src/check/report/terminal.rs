//! Owns the summary that a person reads in a terminal: tables, what is wrong, and the verdict as its last lines.

mod difference;
mod findings;
mod paint;
mod tables;

use super::Report;
use super::matrix::Matrix;
use crate::check::outcome::{CaseResult, Outcome};

pub use paint::{Paint, printable};

/// The summary; without colours it is the same text.
pub fn summary(report: &Report, paint: Paint) -> String {
    let mut parts = vec![token(report), tables::suites(report, paint)];
    let matrix = Matrix::of(report);
    if !matrix.rows.is_empty() {
        parts.push(tables::matrix(&matrix, paint));
    }
    for (title, outcome) in [("Failures", Outcome::Fail), ("Warnings", Outcome::Warn)] {
        if report.count(outcome) > 0 {
            parts.push(findings::section(title, report, outcome, paint));
        }
    }
    if let Some(difference) = &report.difference {
        parts.push(difference::section(difference, paint));
    }
    parts.push(cleaning(report));
    parts.push(verdict(report, paint));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// A case that ended, in one line.
pub fn line(case: &CaseResult, paint: Paint) -> String {
    let actual = case.findings.first().map(|finding| &finding.actual);
    let outcome = paint.outcome(case.outcome);
    match actual {
        Some(actual) => format!("{outcome}  {}: {}", case.id, printable(actual)),
        None => format!("{outcome}  {}", case.id),
    }
}

fn token(report: &Report) -> String {
    let token = &report.token;
    let of_token = [
        printable(&token.label),
        printable(&token.manufacturer),
        printable(&token.model),
        named("serial number", &token.serial),
        named("firmware", &token.firmware_version),
    ];
    let of_module = [
        printable(&token.library),
        printable(&token.library_manufacturer),
        named("version", &token.library_version),
        named("PKCS#11", &token.cryptoki_version),
    ];
    format!(
        "token   {}\nmodule  {}\nrun     {}, {:.1} s\n",
        told(&of_token),
        told(&of_module),
        report.run.id,
        report.run.seconds
    )
}

fn named(name: &str, value: &str) -> String {
    match value.is_empty() {
        true => String::new(),
        false => format!("{name} {}", printable(value)),
    }
}

/// What a token does not tell is left out.
fn told(parts: &[String]) -> String {
    let told: Vec<_> = parts.iter().filter(|part| !part.is_empty()).collect();
    let told: Vec<_> = told.into_iter().map(String::as_str).collect();
    told.join(", ")
}

fn cleaning(report: &Report) -> String {
    let mut text = String::new();
    if report.run.removed > 0 {
        text.push_str(&format!(
            "{} objects of cases that did not come to their end were removed.\n",
            report.run.removed
        ));
    }
    if let Some(problem) = &report.run.cleaning_problem {
        text.push_str(&format!(
            "Objects may be left on the token ({}): `parsec-pkcs11 check --clean` removes them.\n",
            printable(problem)
        ));
    }
    text
}

fn verdict(report: &Report, paint: Paint) -> String {
    let mut text = format!(
        "{}\n{}\n",
        report.counts(),
        paint.verdict(&report.headline(), report.passed())
    );
    for id in &report.verdict.broken {
        text.push_str(&format!("  {id}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::finding::Finding;
    use crate::check::report::samples::{case, report};

    fn broken() -> Report {
        let mut broken = case("ecdsa.brainpoolP160r1.sha256.sign", Outcome::Fail);
        broken.findings = vec![Finding {
            value: Some("CKR_DEVICE_ERROR".to_owned()),
            ..Finding::new("a signature", "an \x1b[31merror")
                .by("C_Sign")
                .remedy("turn it off and on")
        }];
        report([broken, case("keygen.secp256r1.generate", Outcome::Warn)])
    }

    #[test]
    fn says_what_is_wrong_and_what_helps() {
        let text = summary(&broken(), Paint::PLAIN);
        for part in [
            "a signature",
            "C_Sign returned CKR_DEVICE_ERROR",
            "turn it off and on",
            "NOT passed, 1 required case is broken\n  ecdsa.brainpoolP160r1.sha256.sign\n",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn tables_fit_into_80_columns() {
        let text = summary(&broken(), Paint::PLAIN);
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest.is_some_and(|width| width <= 80), "{text}");
    }

    #[test]
    fn colours_change_nothing_else() {
        let report = broken();
        let plain = summary(&report, Paint::PLAIN);
        let mut coloured = summary(&report, Paint::COLOURS);
        assert_ne!(plain, coloured);
        for code in [
            "\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[36m",
        ] {
            coloured = coloured.replace(code, "");
        }
        assert_eq!(plain, coloured);
    }

    #[test]
    fn what_a_token_says_cannot_write_to_the_terminal() {
        assert!(!summary(&broken(), Paint::PLAIN).contains('\x1b'));
    }
}
