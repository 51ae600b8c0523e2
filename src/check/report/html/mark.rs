//! Owns what stands for an outcome: a shape, a word and a colour, as colour alone tells nothing to many readers.

use maud::{Markup, html};

use crate::check::outcome::{CaseResult, Outcome};

/// The shapes, drawn once; fonts need not have them.
pub(super) fn shapes() -> Markup {
    html! {
        svg.shapes aria-hidden="true" width="0" height="0" {
            @for outcome in Outcome::ALL {
                symbol id={ "shape-" (outcome.word()) } viewBox="0 0 16 16" {
                    path d=(path(outcome)) {}
                }
            }
        }
    }
}

fn path(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "M2.5 8.5 6.5 12.5 13.5 4",
        Outcome::Warn => "M8 2 14.5 13.5 1.5 13.5Z M8 6.5V9.5 M8 11.4V11.6",
        Outcome::Skip => "M3 8H13",
        Outcome::Fail => "M3.5 3.5 12.5 12.5 M12.5 3.5 3.5 12.5",
    }
}

/// The shape of an outcome; a word must stand with it.
pub(super) fn shape(outcome: Outcome) -> Markup {
    html! {
        svg.shape aria-hidden="true" viewBox="0 0 16 16" { use href={ "#shape-" (outcome.word()) } {} }
    }
}

/// An outcome within text.
pub(super) fn mark(outcome: Outcome) -> Markup {
    html! { span class={ "mark " (outcome.word()) } { (shape(outcome)) (outcome.word()) } }
}

/// Where a case stands in the list of all.
pub(super) fn anchor(id: &str) -> String {
    format!("case-{}", word(id))
}

/// Where its findings stand.
pub(super) fn findings_anchor(id: &str) -> String {
    format!("finding-{}", word(id))
}

/// Text as it may stand in an identifier of HTML.
pub(super) fn word(text: &str) -> String {
    text.replace(
        |character: char| {
            !character.is_ascii_alphanumeric() && !matches!(character, '.' | '-' | '_')
        },
        "-",
    )
}

/// The identifier of a case, linked to where the page says most about it.
pub(super) fn link(case: &CaseResult) -> Markup {
    let anchor = match case.findings.is_empty() {
        true => anchor(&case.id),
        false => findings_anchor(&case.id),
    };
    html! { a.id href={ "#" (anchor) } { (case.id) } }
}
