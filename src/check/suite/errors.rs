//! Owns the suite `errors`: whether what must be refused is refused, and by the return value that the standard
//! names. Parsec goes by these values; another refusal does no harm but to the reason that a client is told.

mod keys;
mod mechanisms;
mod operations;
mod signatures;
mod templates;

use crate::check::case::Case;
use crate::ec::Curve;

/// The curve of all keys of this suite.
const CURVE: Curve = Curve::Secp256r1;

pub(super) fn cases() -> Vec<Case> {
    [
        templates::cases,
        keys::cases,
        mechanisms::cases,
        signatures::cases,
        operations::cases,
    ]
    .iter()
    .flat_map(|cases| cases())
    .collect()
}
