//! Owns the report in Markdown, as GitHub renders it.

mod cases;
mod difference;
mod table;
mod text;

use super::Report;
use super::matrix::Matrix;
use crate::check::outcome::Outcome;
use table::table;
use text::{code, plain};

/// The report: verdict, token, tables, what is wrong, what to work around, and what was skipped.
pub fn write(report: &Report) -> String {
    let mut sections = vec![verdict(report), token(report)];
    sections.extend(report.difference.as_ref().map(difference::section));
    sections.push(suites(report));
    sections.extend(matrix(report));
    sections.extend(cases::section("Failures", report, Outcome::Fail));
    sections.extend(cases::section("Warnings", report, Outcome::Warn));
    sections.extend(cases::skipped(report));
    sections.join("\n")
}

/// What stands for an outcome in a table.
fn sign(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "✅",
        Outcome::Warn => "⚠️",
        Outcome::Skip => "➖",
        Outcome::Fail => "❌",
    }
}

fn verdict(report: &Report) -> String {
    let mark = match report.passed() {
        true => "✅",
        false => "❌",
    };
    let mut text = format!(
        "# {mark} {}\n\n{}: {}.\n",
        plain(&report.headline()),
        plain(&report.token.label),
        report.counts()
    );
    if !report.verdict.broken.is_empty() {
        text.push_str("\nRequired, and broken:\n\n");
        for id in &report.verdict.broken {
            text.push_str(&format!("- {}\n", code(id)));
        }
    }
    if let Some(problem) = &report.run.cleaning_problem {
        text.push_str(&format!(
            "\nObjects may be left on the token ({}): `parsec-pkcs11 check --clean` removes them.\n",
            plain(problem)
        ));
    }
    text
}

fn token(report: &Report) -> String {
    let mut rows = Vec::new();
    for (name, value) in report.token.named() {
        if !value.is_empty() {
            rows.push(vec![name.to_owned(), plain(value)]);
        }
    }
    let run = format!(
        "{}, began {}, took {:.1} s",
        code(&report.run.id),
        report.run.started,
        report.run.seconds
    );
    rows.push(vec!["run".to_owned(), run]);
    rows.push(vec!["program".to_owned(), plain(&report.program)]);
    format!(
        "## Token\n\n{}",
        table(&["what", "as the token tells"], &rows)
    )
}

fn suites(report: &Report) -> String {
    let suites = report.suites().into_iter();
    let rows: Vec<_> = suites
        .map(|suite| {
            let mut row = vec![suite.to_owned()];
            row.extend(report.count_of(suite).map(|count| count.to_string()));
            row
        })
        .collect();
    let mut header = vec!["suite"];
    header.extend(Outcome::ALL.map(Outcome::word));
    format!("## Suites\n\n{}", table(&header, &rows))
}

fn matrix(report: &Report) -> Option<String> {
    let matrix = Matrix::of(report);
    let rows = matrix.rows.iter().map(|row| {
        let outcomes = row
            .cells
            .iter()
            .map(|cell| cell.outcome.map_or("", sign).to_owned());
        [row.curve.clone()].into_iter().chain(outcomes).collect()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let mut header = vec!["curve"];
    header.extend(Matrix::OPERATIONS);
    let legend = Outcome::ALL.map(|outcome| format!("{} {}", sign(outcome), outcome.word()));
    (!rows.is_empty()).then(|| {
        format!(
            "## Curves and operations\n\n{}\n{}; nothing: no case ran. *Parsec* is what the provider's own \
             operations make of it.\n",
            table(&header, &rows),
            legend.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::finding::Finding;
    use crate::check::report::samples::{case, report};

    #[test]
    fn the_verdict_comes_first() {
        let text = write(&report([case("a.b", Outcome::Pass)]));
        assert!(text.starts_with("# ✅ parsec-minimum: passed\n"), "{text}");
    }

    #[test]
    fn a_failure_has_its_remedy() {
        let mut broken = case("ecdsa.secp256r1.sha256.sign", Outcome::Fail);
        broken.findings = vec![Finding::new("a | b", "<b>").remedy("`c`")];
        let text = write(&report([broken]));
        for part in ["a \\| b", "&lt;b&gt;", "\\`c\\`", "| secp256r1 | |  | ❌"] {
            let part = part.replace("| |  |", "|  |  |");
            assert!(text.contains(&part), "{part}: {text}");
        }
    }

    #[test]
    fn skipped_cases_are_told_by_their_reasons() {
        let mut skipped = case("ecdh.secp256k1.random", Outcome::Skip);
        skipped.reason = Some("the token lacks it".to_owned());
        let text = write(&report([skipped]));
        assert!(text.contains("the token lacks it: 1"), "{text}");
    }
}
