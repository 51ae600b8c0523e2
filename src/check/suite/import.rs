//! Owns the suite `import`: keys that are given to the token, and what it makes of those that are wrong.

mod attributes;
mod invalid;
mod lacking;
mod pair;
mod public;
mod zeros;

use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::outcome::{Fact, Verdict};
use crate::check::report::profile::change_name;
use crate::check::subject::Bench;
use crate::ec::Curve;
use crate::error::Result;
use crate::op::NewKey;
use crate::op::objects::wanted;
use crate::op::template::Lifetime;
use crate::token::{PooledSession, TemplateKind};

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = Curve::ALL
        .iter()
        .flat_map(|&curve| [public::case(curve), pair::case(curve)])
        .collect();
    cases.push(public::raw_case());
    cases.extend(zeros::cases());
    cases.push(attributes::case());
    cases.extend(invalid::cases());
    cases.extend(lacking::cases());
    cases
}

/// Keys are given only on curves on which the token makes some, as the provider does: SoftHSM2 stores keys of
/// any curve, and ends the process when one of a curve that it lacks is used.
fn require_curve(bench: &mut Bench, curve: Curve) -> Result<()> {
    bench
        .pair(curve)
        .map(|_| ())
        .map_err(|error| error.context(format_args!("no {curve} key is given to the token")))
}

/// What the token wanted differently in a template, as warnings and for a profile.
fn told_changes(session: &PooledSession, key: &NewKey, kind: TemplateKind) -> Verdict {
    let wanted = wanted(key, kind, Lifetime::Token);
    let changes = session.quirks().changes(&wanted).changes;
    if changes.is_empty() {
        return Verdict::pass();
    }
    let names: Vec<_> = changes.into_iter().map(change_name).collect();
    let verdict = Verdict::warn(
        Finding::new(
            "the standard template of docs/design.md, section 6, is taken",
            format!("it is taken with changes only: {}", names.join(", ")),
        )
        .by("C_CreateObject")
        .remedy(
            "the provider finds this out by trying; a quirk profile, which --write-profile writes, spares it that",
        ),
    );
    let facts = names.into_iter().map(|name| Fact::Template {
        change: name.to_owned(),
    });
    facts.fold(verdict, Verdict::fact)
}
