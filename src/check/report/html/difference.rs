//! Owns what changed since an earlier report.

use maud::{Markup, html};

use super::mark::{anchor, mark};
use super::text::{count, figure, shown};
use crate::check::report::Report;
use crate::check::report::difference::{Difference, Timing};

/// The changes; `None` if no earlier report was named.
pub(super) fn changes(report: &Report) -> Option<Markup> {
    let difference = report.difference.as_ref()?;
    let baseline = &difference.baseline;
    Some(html! {
        p {
            "Compared with run " code { (shown(&baseline.run)) } " of " (shown(&baseline.program)) ", begun "
            (shown(&baseline.started)) ", on " bdi { (shown(super::token::name(&baseline.token))) } ", firmware "
            bdi { (shown(&baseline.token.firmware_version)) } "."
        }
        @if difference.is_empty() { p { "Nothing changed." } }
        (list(report, "New failures", &difference.new_failures))
        (list(report, "Fixed", &difference.fixed))
        (changed(report, difference))
        (timing(report, &difference.timing))
        (list(report, "Cases that came", &difference.came))
        (list(report, "Cases that went", &difference.went))
    })
}

fn list(report: &Report, title: &str, ids: &[String]) -> Markup {
    html! {
        @if !ids.is_empty() {
            details.reason open[ids.len() <= 20] {
                summary { span { (title) } span.many { (count(ids.len(), "case", "cases")) } }
                ul.ids { @for id in ids { li { (case(report, id)) } } }
            }
        }
    }
}

/// The identifier of a case; one that this report does not have leads nowhere.
fn case(report: &Report, id: &str) -> Markup {
    let is_here = report.cases.iter().any(|case| case.id == id);
    html! { a.id href=[is_here.then(|| format!("#{}", anchor(id)))] { (shown(id)) } }
}

fn changed(report: &Report, difference: &Difference) -> Markup {
    html! {
        @if !difference.changed.is_empty() {
            div.wide { table.changes {
                caption.unseen { "Cases that ended in another way" }
                thead { tr { th scope="col" { "Changed" } th scope="col" { "Before" } th scope="col" { "Now" } } }
                tbody { @for change in &difference.changed { tr {
                    th scope="row" { (case(report, &change.id)) }
                    td { (mark(change.before)) }
                    td { (mark(change.now)) }
                } } }
            } }
        }
    }
}

fn timing(report: &Report, timing: &[Timing]) -> Markup {
    html! {
        @if !timing.is_empty() {
            div.wide { table.changes {
                caption.unseen { "Rates and times that changed" }
                thead { tr {
                    th scope="col" { "Under load" } th scope="col" { "Before" } th scope="col" { "Now" } th scope="col" { "So it is" }
                } }
                tbody { @for it in timing { tr {
                    th scope="row" { (case(report, &it.id)) " " (shown(&it.measurement).replace('_', " ")) }
                    td { (figure(it.before)) }
                    td { (figure(it.now)) }
                    td { (if it.is_slower() { "slower" } else { "faster" }) }
                } } }
            } }
        }
    }
}
