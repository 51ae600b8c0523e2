//! Owns what a quirk profile of the token would say.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::text::shown;
use crate::check::outcome::Fact;
use crate::check::report::Report;

/// What a token can do on a curve, and what it cannot.
#[derive(Default)]
struct Abilities<'a> {
    can: Vec<&'a str>,
    cannot: Vec<&'a str>,
}

/// The facts; `None` if there are none.
pub(super) fn facts(report: &Report) -> Option<Markup> {
    let facts = report.facts();
    let rows: Vec<_> = facts.iter().filter_map(|fact| row(fact)).collect();
    let curves = curves(&facts);
    let section = html! {
        p {
            "Parsec finds these out by itself. A profile says them in advance: it spares the tries, and says what no try can tell."
        }
        @if !rows.is_empty() {
            dl.facts.quirks {
                @for (key, told) in &rows { div { dt { code { (shown(key)) } } dd { (told) } } }
            }
        }
        @if !curves.is_empty() { (abilities(&curves)) }
    };
    (!facts.is_empty()).then_some(section)
}

/// A line of the profile, and what it means.
fn row(fact: &Fact) -> Option<(String, String)> {
    let row = match fact {
        Fact::HandleCache { keep: true } => (
            "handle_cache = true".to_owned(),
            "handles of objects may be kept".to_owned(),
        ),
        Fact::HandleCache { keep: false } => (
            "handle_cache = false".to_owned(),
            "handles of destroyed objects are given to other objects".to_owned(),
        ),
        Fact::RenewAfterDestroy => (
            "renew_after_destroy = true".to_owned(),
            "the module has to be initialised anew after each destruction of an object".to_owned(),
        ),
        Fact::MaxSessions { count } => (
            format!("max_sessions = {count}"),
            "more sessions do not work at once".to_owned(),
        ),
        Fact::Template { change } => (
            template(change),
            "keys are made with another template".to_owned(),
        ),
        Fact::Ability { .. } => return None,
    };
    Some(row)
}

/// A change of the templates as docs/profiles.md writes it: attributes are left out, all else is switched on.
fn template(change: &str) -> String {
    match change.starts_with("CKA_") {
        true => format!("template.omit: {change}"),
        false => format!("template.{change} = true"),
    }
}

fn curves<'a>(facts: &[&'a Fact]) -> BTreeMap<&'a str, Abilities<'a>> {
    let mut curves = BTreeMap::<_, Abilities<'_>>::new();
    for fact in facts {
        if let Fact::Ability {
            curve,
            ability,
            able,
        } = fact
        {
            let abilities = curves.entry(curve.as_str()).or_default();
            match able {
                true => abilities.can.push(ability),
                false => abilities.cannot.push(ability),
            }
        }
    }
    curves
}

fn abilities(curves: &BTreeMap<&str, Abilities<'_>>) -> Markup {
    let list = |abilities: &[&str]| match abilities.is_empty() {
        true => "-".to_owned(),
        false => shown(&abilities.join(", ")),
    };
    html! {
        div.wide {
            table.abilities {
                caption.unseen { "What the token can do on each curve" }
                thead { tr { th scope="col" { "Curve" } th scope="col" { "Can" } th scope="col" { "Cannot" } } }
                tbody {
                    @for (curve, abilities) in curves {
                        tr {
                            th scope="row" { span.id { (shown(curve)) } }
                            td { (list(&abilities.can)) }
                            td { (list(&abilities.cannot)) }
                        }
                    }
                }
            }
        }
    }
}
