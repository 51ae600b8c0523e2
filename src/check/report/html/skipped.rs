//! Owns the skipped cases, grouped by why they were skipped.

use std::borrow::Cow;
use std::cmp::Reverse;

use maud::{Markup, html};

use super::mark::link;
use super::text::{count, shown};
use crate::check::outcome::{CaseResult, Outcome};
use crate::check::report::Report;
use crate::ec::Curve;

/// The reasons, each with its cases; `None` if nothing was skipped.
pub(super) fn by_reason(report: &Report) -> Option<Markup> {
    let groups = groups(report);
    let list = html! {
        @for group in &groups {
            details.reason {
                summary {
                    span { (shown(group.reason())) }
                    span.many { (count(group.cases.len(), "case", "cases")) }
                }
                ul.ids { @for case in &group.cases { li { (link(case)) } } }
            }
        }
    };
    (!groups.is_empty()).then_some(list)
}

/// Cases that were skipped for one reason, whichever curve they are about.
struct Group<'a> {
    reasons: Vec<&'a str>,
    general: Cow<'a, str>,
    cases: Vec<&'a CaseResult>,
}

impl Group<'_> {
    /// The reason, with `CURVE` for the name of the curve if there are several.
    fn reason(&self) -> &str {
        match self.reasons.as_slice() {
            [reason] => reason,
            _ => &self.general,
        }
    }
}

/// The reason that most cases have comes first.
fn groups(report: &Report) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for case in &report.cases {
        if case.outcome != Outcome::Skip {
            continue;
        }
        let reason = case.reason.as_deref().unwrap_or("no reason was told");
        let general = general(case, reason);
        match groups.iter_mut().find(|group| group.general == general) {
            Some(group) => {
                group.cases.push(case);
                if !group.reasons.contains(&reason) {
                    group.reasons.push(reason);
                }
            }
            None => groups.push(Group {
                reasons: vec![reason],
                general,
                cases: vec![case],
            }),
        }
    }
    groups.sort_by_key(|group| Reverse(group.cases.len()));
    groups
}

/// A reason without the name of the curve that the case is about.
fn general<'a>(case: &CaseResult, reason: &'a str) -> Cow<'a, str> {
    let curve = case.id.split('.').nth(1).and_then(Curve::named);
    match curve {
        Some(curve) if reason.contains(curve.name()) => {
            Cow::Owned(reason.replace(curve.name(), "CURVE"))
        }
        _ => Cow::Borrowed(reason),
    }
}
