//! Owns the findings: what was expected, what came, which call it was, and what helps.

use maud::{Markup, html};

use super::mark::{anchor, findings_anchor, mark};
use super::text::shown;
use crate::check::finding::Finding;
use crate::check::outcome::{CaseResult, Outcome};
use crate::check::report::Report;

/// The cases that ended so, those first that the level needs.
pub(super) fn list(report: &Report, outcome: Outcome) -> Option<Markup> {
    let mut cases: Vec<_> = report
        .cases
        .iter()
        .filter(|case| case.outcome == outcome)
        .collect();
    cases.sort_by_key(|case| !case.required);
    let list = html! { @for case in &cases { (article(case)) } };
    (!cases.is_empty()).then_some(list)
}

fn article(case: &CaseResult) -> Markup {
    html! {
        article class={ "problem " (case.outcome.word()) } id=(findings_anchor(&case.id)) {
            header {
                h3 { a.id href={ "#" (anchor(&case.id)) } { (case.id) } }
                (mark(case.outcome))
                @if case.required { span.required { "required" } }
            }
            p { (case.title) }
            p.source { (case.source) }
            @for finding in &case.findings { (table(finding)) }
            @for note in &case.notes { p.note { (shown(note)) } }
        }
    }
}

fn table(finding: &Finding) -> Markup {
    html! {
        dl.finding {
            div { dt { "Expected" } dd { (shown(&finding.expected)) } }
            div { dt { "What came" } dd { (shown(&finding.actual)) } }
            @if finding.call.is_some() || finding.value.is_some() {
                div { dt { "The call" } dd {
                    @if let Some(call) = &finding.call { code { (shown(call)) } }
                    @if let Some(value) = &finding.value { " returned " code { (shown(value)) } }
                } }
            }
            div.remedy { dt { "What helps" } dd { (shown(&finding.remedy)) } }
        }
    }
}
