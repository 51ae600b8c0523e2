//! Owns what is said about a case that is wrong.

use super::{Paint, printable};
use crate::check::finding::Finding;
use crate::check::outcome::{CaseResult, Outcome};
use crate::check::report::Report;

/// All cases that ended so.
pub(super) fn section(title: &str, report: &Report, outcome: Outcome, paint: Paint) -> String {
    let cases = report.cases.iter().filter(|case| case.outcome == outcome);
    let cases: Vec<_> = cases.map(|case| entry(case, paint)).collect();
    format!("{}\n\n{}", paint.title(title), cases.join("\n"))
}

fn entry(case: &CaseResult, paint: Paint) -> String {
    let required = match case.required {
        true => " (required)",
        false => "",
    };
    let mut text = format!(
        "{}  {}{required}\n      {}\n      {}\n",
        paint.outcome(case.outcome),
        case.id,
        printable(&case.title),
        printable(&case.source)
    );
    for finding in &case.findings {
        text.push_str(&lines(finding));
    }
    for note in &case.notes {
        text.push_str(&line("note", note));
    }
    text
}

fn lines(finding: &Finding) -> String {
    let mut text = line("expected", &finding.expected) + &line("actual", &finding.actual);
    if let Some(call) = finding.answer() {
        text.push_str(&line("call", &call));
    }
    text + &line("remedy", &finding.remedy)
}

fn line(name: &str, value: &str) -> String {
    format!("        {name:9} {}\n", printable(value))
}
