//! Owns the suite `keygen`: key pairs on every curve, and what the token makes of their templates.

mod attribute;
pub(super) mod claims;
mod distinct;
mod generate;
mod shown;
mod usage;

use crate::check::case::Case;
use crate::check::level::Level;
use crate::ec::Curve;

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = Curve::ALL
        .iter()
        .flat_map(|&curve| {
            [
                generate::case(curve),
                shown::case(curve),
                distinct::case(curve),
            ]
        })
        .collect();
    cases.extend(usage::cases());
    cases.extend(attribute::cases());
    cases
}

/// The same case, needed as keys on its curve are: the token must be able to.
fn must_work(case: Case, curve: Curve) -> Case {
    match curve {
        Curve::Secp256r1 => case.on(curve).works_for(Level::Minimum).quick(),
        Curve::Secp384r1 | Curve::Secp521r1 => case.on(curve).works_for(Level::Full),
        _ => case.on(curve).not_wrong_for(Level::Full),
    }
}

/// The same case, needed as keys on its curve are: what the token does must not be wrong.
fn must_not_be_wrong(case: Case, curve: Curve) -> Case {
    match curve {
        Curve::Secp256r1 => case.on(curve).not_wrong_for(Level::Minimum).quick(),
        _ => case.on(curve).not_wrong_for(Level::Full),
    }
}
