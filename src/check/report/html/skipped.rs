//! Owns the skipped cases, grouped by why they were skipped.

use maud::{Markup, html};

use super::mark::link;
use super::text::{count, shown};
use crate::check::outcome::{CaseResult, Outcome};
use crate::check::report::Report;

/// The reasons, each with its cases; `None` if nothing was skipped.
pub(super) fn by_reason(report: &Report) -> Option<Markup> {
    let groups = groups(report);
    let list = html! {
        @for (reason, cases) in &groups {
            details.reason {
                summary {
                    span { (shown(reason)) }
                    span.many { (count(cases.len(), "case", "cases")) }
                }
                ul.ids { @for case in cases { li { (link(case)) } } }
            }
        }
    };
    (!groups.is_empty()).then_some(list)
}

/// The reason that most cases have comes first.
fn groups(report: &Report) -> Vec<(&str, Vec<&CaseResult>)> {
    let mut groups: Vec<(&str, Vec<&CaseResult>)> = Vec::new();
    for case in &report.cases {
        if case.outcome != Outcome::Skip {
            continue;
        }
        let reason = case.reason.as_deref().unwrap_or("no reason was told");
        match groups.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, cases)) => cases.push(case),
            None => groups.push((reason, vec![case])),
        }
    }
    groups.sort_by_key(|(_, cases)| std::cmp::Reverse(cases.len()));
    groups
}
