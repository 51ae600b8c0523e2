//! Owns the report as a page: one file of HTML that needs no network and no script.
//!
//! What a token says of itself is hostile text: maud escapes what means something to HTML, `html/text.rs` what would
//! mislead a reader, and the page's own policy forbids scripts and requests besides.

mod cases;
mod difference;
mod heat;
mod load;
mod mark;
mod plot;
mod problems;
mod profile;
mod sheets;
mod skipped;
mod text;
mod token;
mod verdict;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Report;
use crate::check::outcome::Outcome;
use text::shown;

const STYLE: &str = include_str!("html/page.css");

/// A browser that honours it loads nothing and runs nothing, whatever the page says.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// A part of the page, with its place in the table of contents.
struct Section {
    id: &'static str,
    title: String,
    body: Markup,
}

/// The report as a page.
pub fn write(report: &Report) -> String {
    let sections = sections(report);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                // Without one, a browser asks the server for it.
                link rel="icon" href="data:,";
                title { (title(report)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (mark::shapes())
                (verdict::banner(report))
                main {
                    nav aria-label="Contents" {
                        @for section in &sections {
                            a href={ "#" (section.id) } { (section.title) }
                        }
                    }
                    @for section in &sections {
                        section id=(section.id) aria-labelledby={ (section.id) "-title" } {
                            h2 id={ (section.id) "-title" } { (section.title) }
                            (section.body)
                        }
                    }
                }
                footer { (token::run(report)) }
            }
        }
    };
    page.into_string()
}

fn title(report: &Report) -> String {
    format!(
        "{}: {}",
        shown(token::name(&report.token)),
        report.headline()
    )
}

/// Those that have something to say.
fn sections(report: &Report) -> Vec<Section> {
    let counted = |title: &str, outcome| format!("{title} ({})", report.count(outcome));
    let sections = [
        (
            "token",
            "The token".to_owned(),
            Some(token::description(&report.token)),
        ),
        (
            "counts",
            "How the cases ended".to_owned(),
            Some(verdict::counts(report)),
        ),
        (
            "difference",
            "Since the earlier report".to_owned(),
            difference::changes(report),
        ),
        (
            "matrix",
            "Curves and operations".to_owned(),
            heat::map(report),
        ),
        ("load", "Under load".to_owned(), load::plots(report)),
        (
            "failures",
            counted("Failures", Outcome::Fail),
            problems::list(report, Outcome::Fail),
        ),
        (
            "warnings",
            counted("Warnings", Outcome::Warn),
            problems::list(report, Outcome::Warn),
        ),
        (
            "skipped",
            counted("Skipped", Outcome::Skip),
            skipped::by_reason(report),
        ),
        (
            "profile",
            "For a quirk profile".to_owned(),
            profile::facts(report),
        ),
        (
            "cases",
            format!("All cases ({})", report.cases.len()),
            Some(cases::by_suite(report)),
        ),
    ];
    sections
        .into_iter()
        .filter_map(|(id, title, body)| {
            Some(Section {
                id,
                title,
                body: body?,
            })
        })
        .collect()
}
