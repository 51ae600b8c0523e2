//! Owns the door by which the targets of fuzz/ reach the forms of a digest.
//!
//! Behind the feature `_fuzzing`, which is no part of the public API.

use super::digest_form;
use crate::ec::Curve;

/// Every form in which a digest is given to a token for a key of `curve`.
pub fn digest_forms(curve: Curve, digest: &[u8]) -> Vec<Vec<u8>> {
    digest_form::all(curve, digest)
        .map(|form| form.into_owned())
        .collect()
}
