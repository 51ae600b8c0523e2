//! Owns the suite `errors`: whether what must be refused is refused, and by the return value that the standard
//! names. Parsec goes by these values; another refusal does no harm but to the reason that a client is told.

mod keys;
mod mechanisms;
mod operations;
mod signatures;
mod templates;

use crate::check::case::Case;
use crate::check::outcome::{Outcome, Verdict};
use crate::check::subject::Subject;
use crate::ec::Curve;
use crate::error::Result;

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

/// A short case. After another answer than the expected one the module is initialised anew: tpm2-pkcs11 makes no
/// keys any more once it was asked to sign by a public key.
fn case(
    id: impl Into<String>,
    title: impl Into<String>,
    source: &'static str,
    look: impl Fn(&mut Subject) -> Result<Verdict> + 'static,
) -> Case {
    Case::new(id, title, source, move |subject| {
        let verdict = look(subject);
        let is_expected = verdict
            .as_ref()
            .is_ok_and(|verdict| verdict.outcome == Outcome::Pass);
        if !is_expected {
            subject.close();
        }
        verdict
    })
    .quick()
}
