//! Owns what the page says of the token and of the run.

use maud::{Markup, html};

use super::text::{count, duration, shown};
use crate::check::report::{Report, TokenDescription};

/// What a reader calls the token.
pub(super) fn name(token: &TokenDescription) -> &str {
    [&token.label, &token.model, &token.slot]
        .into_iter()
        .find(|text| !text.is_empty())
        .map_or("a token without a name", String::as_str)
}

/// The token in its own words; what it does not say is left out.
pub(super) fn description(token: &TokenDescription) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in token.named() {
                @if !value.is_empty() {
                    div { dt { (name) } dd { bdi { (shown(value)) } } }
                }
            }
        }
    }
}

/// The run itself, at the end of the page.
pub(super) fn run(report: &Report) -> Markup {
    let run = &report.run;
    html! {
        p {
            "Run " code { (run.id) } " of " (report.program) ", begun " time datetime=(run.started) { (run.started) }
            ", took " (duration(run.seconds * 1000.0)) ". "
            @if run.removed > 0 {
                (count(run.removed, "object", "objects"))
                " that cases left behind " (if run.removed == 1 { "was" } else { "were" }) " removed. "
            }
            "The check touched nothing on the token that it did not make."
        }
    }
}
