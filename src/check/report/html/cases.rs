//! Owns the list of all cases, suite by suite.

use maud::{Markup, html};

use super::mark::{anchor, findings_anchor, mark};
use super::text::{count, duration, figure, shown};
use crate::check::outcome::{CaseResult, Outcome};
use crate::check::report::Report;

/// The suites in the order in which they ran; links open the one that they point into.
pub(super) fn by_suite(report: &Report) -> Markup {
    html! {
        @for suite in report.suites() {
            @let cases: Vec<_> = report.cases.iter().filter(|case| case.suite() == suite).collect();
            details.suite {
                summary {
                    h3 { (suite) }
                    span.many { (count(cases.len(), "case", "cases")) }
                    @for outcome in Outcome::ALL {
                        @let number = cases.iter().filter(|case| case.outcome == outcome).count();
                        @if number > 0 { span.tally { (number) " " (mark(outcome)) } }
                    }
                }
                (table(suite, &cases))
            }
        }
    }
}

fn table(suite: &str, cases: &[&CaseResult]) -> Markup {
    html! {
        div.wide {
            table.cases {
                caption.unseen { "Cases of the suite " (suite) }
                thead { tr {
                    th scope="col" { "Outcome" } th scope="col" { "Case" } th.time scope="col" { "Time" }
                } }
                tbody { @for case in cases { (row(case)) } }
            }
        }
    }
}

fn row(case: &CaseResult) -> Markup {
    html! {
        tr id=(anchor(&case.id)) {
            td { (mark(case.outcome)) @if case.required { span.required { "required" } } }
            th scope="row" {
                span.id { (case.id) }
                p { (case.title) }
                p.source { (case.source) }
                @if let Some(reason) = &case.reason { p.note { (shown(reason)) } }
                @for note in &case.notes { p.note { (shown(note)) } }
                (measurements(case))
                @if !case.findings.is_empty() {
                    p { a href={ "#" (findings_anchor(&case.id)) } {
                        (count(case.findings.len(), "finding", "findings"))
                    } }
                }
            }
            td.time { (duration(case.milliseconds)) }
        }
    }
}

fn measurements(case: &CaseResult) -> Markup {
    html! {
        @if !case.measurements.is_empty() {
            ul.measurements {
                @for (name, value) in &case.measurements {
                    li { (shown(name).replace('_', " ")) ": " strong { (figure(*value)) } }
                }
            }
        }
    }
}
