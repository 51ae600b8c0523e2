//! Owns what is said about cases that failed, warn, or were skipped.

use std::collections::BTreeMap;

use super::table::table;
use super::text::{code, plain};
use super::{Report, sign};
use crate::check::finding::Finding;
use crate::check::outcome::{CaseResult, Outcome};

/// All cases that ended so; `None` if there are none.
pub(super) fn section(title: &str, report: &Report, outcome: Outcome) -> Option<String> {
    let cases = report.cases.iter().filter(|case| case.outcome == outcome);
    let entries: Vec<_> = cases.map(entry).collect();
    (!entries.is_empty()).then(|| format!("## {title}\n\n{}", entries.join("\n")))
}

/// The cases that were skipped, folded up, by their reasons.
pub(super) fn skipped(report: &Report) -> Option<String> {
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for case in &report.cases {
        if case.outcome == Outcome::Skip {
            let reason = case.reason.as_deref().unwrap_or("no reason was told");
            reasons.entry(reason).or_default().push(code(&case.id));
        }
    }
    let lines = reasons
        .iter()
        .map(|(reason, ids)| format!("- {}: {}: {}\n", plain(reason), ids.len(), ids.join(", ")));
    let lines: String = lines.collect();
    (!reasons.is_empty()).then(|| {
        format!(
            "## Skipped\n\n<details><summary>{} cases, by the reason</summary>\n\n{lines}\n</details>\n",
            report.count(Outcome::Skip)
        )
    })
}

fn entry(case: &CaseResult) -> String {
    let required = match case.required {
        true => " (required)",
        false => "",
    };
    let mut text = format!(
        "### {} {}{required}\n\n{}. *{}*\n\n",
        sign(case.outcome),
        code(&case.id),
        plain(&case.title),
        plain(&case.source)
    );
    for finding in &case.findings {
        text.push_str(&rows(finding));
        text.push('\n');
    }
    for note in &case.notes {
        text.push_str(&format!("- {}\n", plain(note)));
    }
    text
}

fn rows(finding: &Finding) -> String {
    let mut rows = vec![
        ("expected", plain(&finding.expected)),
        ("actual", plain(&finding.actual)),
    ];
    if let Some(call) = finding.answer() {
        rows.push(("call", plain(&call)));
    }
    rows.push(("remedy", plain(&finding.remedy)));
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(name, value)| vec![format!("**{name}**"), value])
        .collect();
    table(&["", ""], &rows)
}
