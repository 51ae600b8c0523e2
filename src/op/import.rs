//! Owns the import of keys: `C_CreateObject` of a public key, or of both halves of a pair.

use crate::config::Ability;
use crate::ec::{PrivateKey, PublicKey};
use crate::error::Result;
use crate::token::Token;

use super::objects::{create_private, create_public, discard, make_unique};
use super::template::{Lifetime, NewKey};
use super::{capability, trial};

/// Puts a public key on the token; its point was checked when `point` was parsed.
///
/// Only on a curve on which the token makes keys, which is tried once: SoftHSM2 stores keys of any curve,
/// and ends the process when one of a curve that it lacks is used.
///
/// # Errors
///
/// As those of [`generate`](super::generate::generate).
pub fn import_public(token: &Token, key: &NewKey, point: &PublicKey) -> Result<()> {
    capability::can_store(token, Ability::ImportPublic, key.curve)?;
    make_unique(token, key, |session| {
        let public = create_public(session, key, point, Lifetime::Token)?;
        Ok(vec![public])
    })
    .map_err(|error| {
        capability::explain(token, error, Ability::ImportPublic, key.curve, || {
            capability::can_import_public(token, key.curve)
        })
    })
}

/// Puts a key pair on the token: the private key, and a public key object of its own, whose point is
/// computed here, as no token makes one from a scalar.
///
/// The private key is used once, as far as its policy permits: some tokens take keys that they cannot use.
///
/// # Errors
///
/// As those of [`generate`](super::generate::generate).
pub fn import_pair(token: &Token, key: &NewKey, scalar: &PrivateKey) -> Result<()> {
    capability::can_store(token, Ability::ImportPair, key.curve)?;
    capability::permit_export(token, key)?;
    let point = scalar.public_key()?;
    make_unique(token, key, |session| {
        let private = create_private(session, key, scalar, Lifetime::Token)?;
        if let Err(error) = trial::using_imported(session, key, private, &point) {
            discard(session, &[private])?;
            return Err(error);
        }
        let public = create_public(session, key, &point, Lifetime::Token)?;
        Ok(vec![private, public])
    })
    .map_err(|error| {
        let ability = capability::of_new_key(Ability::ImportPair, key.usage);
        capability::explain(token, error, ability, key.curve, || {
            capability::can_import_pair(token, key.curve)
        })
    })
}
