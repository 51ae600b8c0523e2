//! Owns the suite `export`: what leaves the token, and what stays inside whatever is tried.

mod private;
mod public;
mod sensitive;
mod weaken;

use crate::check::case::Case;
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
