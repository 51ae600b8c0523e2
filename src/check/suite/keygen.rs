//! Owns the suite `keygen`: key pairs on every curve, and what the token makes of their templates.

mod attribute;
pub(super) mod claims;
mod distinct;
mod generate;
mod shown;
mod usage;

use crate::check::case::Case;
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
