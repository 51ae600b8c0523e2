//! Owns the top of the page: the verdict, what broke it, and how many cases ended how.

use maud::{Markup, html};

use super::mark::{link, shape};
use super::text::{count, shown};
use super::token;
use crate::check::outcome::{CaseResult, Outcome};
use crate::check::report::Report;

/// So many broken cases stand in sight.
const FIRST: usize = 8;

/// The verdict, readable from the other end of the room.
pub(super) fn banner(report: &Report) -> Markup {
    let (class, outcome) = match (report.passed(), report.verdict.broken.is_empty()) {
        (true, _) => ("passed", Outcome::Pass),
        (false, true) => ("undecided", Outcome::Warn),
        (false, false) => ("failed", Outcome::Fail),
    };
    let required = report.cases.iter().filter(|case| case.required).count();
    html! {
        header class={ "banner " (class) } {
            div {
                p.what { (shown(&report.program)) " check of " strong { bdi { (shown(token::name(&report.token))) } } }
                h1 { (shape(outcome)) span { (report.headline()) } }
                p { (count(required, "case", "cases")) " that " (report.verdict.level) " asks for ran." }
                (broken(report))
                (cautions(report))
            }
        }
    }
}

/// The required cases that broke, each with its link; of many the first ones.
fn broken(report: &Report) -> Markup {
    let broken = &report.verdict.broken;
    let (first, more) = broken.split_at(broken.len().min(FIRST));
    html! {
        @if !first.is_empty() {
            ul.broken {
                @for id in first { (one_broken(report, id)) }
                @if !more.is_empty() {
                    li { details {
                        summary { "and " (more.len()) " more" }
                        ul { @for id in more { (one_broken(report, id)) } }
                    } }
                }
            }
        }
    }
}

fn one_broken(report: &Report, id: &str) -> Markup {
    let case = report.cases.iter().find(|case| case.id == id);
    html! {
        li {
            @match case {
                Some(case) => { (link(case)) " " span { (end(case)) ": " (case.title) } },
                None => { span.id { (id) } " did not run" },
            }
        }
    }
}

fn end(case: &CaseResult) -> &'static str {
    match case.outcome {
        Outcome::Skip => "was skipped",
        _ => "failed",
    }
}

/// What a reader must know before believing the verdict.
fn cautions(report: &Report) -> Markup {
    let run = &report.run;
    html! {
        @if run.interrupted {
            p.caution { "The run was ended by a signal: the cases after that did not run." }
        }
        @if run.quick {
            p.caution { "Only the short cases ran (" code { "--quick" } ")." }
        }
        @if run.partial {
            p.caution { "Only some suites, curves or cases were asked for." }
        }
        @if let Some(problem) = &run.cleaning_problem {
            p.caution {
                "Objects of this run are left on the token (" bdi { (shown(problem)) } "); "
                code { "parsec-pkcs11 check --clean" } " finds and removes them."
            }
        }
    }
}

/// How many cases ended how, each with a link to them.
pub(super) fn counts(report: &Report) -> Markup {
    html! {
        ul.counts {
            @for outcome in Outcome::ALL {
                @let number = report.count(outcome);
                li class=(if number > 0 { outcome.word() } else { "none" }) {
                    a href=[(number > 0).then_some(target(outcome))] {
                        span.number { (number) }
                        span.outcome { (shape(outcome)) (outcome.word()) }
                        span.meaning { (meaning(outcome)) }
                    }
                }
            }
        }
        (bar(report))
    }
}

fn target(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "#cases",
        Outcome::Warn => "#warnings",
        Outcome::Skip => "#skipped",
        Outcome::Fail => "#failures",
    }
}

/// What an outcome means, in a few words.
pub(super) fn meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "as the standard says",
        Outcome::Warn => "works, with a workaround by Parsec",
        Outcome::Skip => "not on this token, or not asked for",
        Outcome::Fail => "wrong",
    }
}

/// The same as one bar; the numbers above say it in words.
fn bar(report: &Report) -> Markup {
    html! {
        div.bar aria-hidden="true" {
            @for outcome in Outcome::ALL {
                @let number = report.count(outcome);
                @if number > 0 {
                    span class=(outcome.word()) style={ "flex-grow:" (number) } {}
                }
            }
        }
    }
}
