//! Owns the suite `export`: what leaves the token, and what stays inside whatever is tried.

mod private;
mod public;
mod sensitive;
mod weaken;

use crate::check::case::Case;
use crate::check::level::Level;
use crate::ec::Curve;

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = Curve::ALL
        .iter()
        .flat_map(|&curve| {
            [
                public::case(curve),
                private::case(curve),
                sensitive::case(curve),
            ]
        })
        .collect();
    cases.extend(weaken::cases());
    cases
}

/// The same case, needed from `lowest` on for secp256r1: it must work on the curves that the levels name.
fn must_work(case: Case, curve: Curve, lowest: Level) -> Case {
    match curve {
        Curve::Secp256r1 => case.on(curve).works_for(lowest).quick(),
        Curve::Secp384r1 | Curve::Secp521r1 => case.on(curve).works_for(Level::Full),
        _ => case.on(curve).not_wrong_for(Level::Full),
    }
}
