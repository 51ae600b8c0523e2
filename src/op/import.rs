//! Owns the import of keys: `C_CreateObject` of a public key, or of both halves of a pair.

use crate::ec::{PrivateKey, PublicKey};
use crate::error::Result;
use crate::token::Token;

use super::capability;
use super::objects::{create_private, create_public, make_unique};
use super::template::{Lifetime, NewKey};

/// Puts a public key on the token; its point was checked when `point` was parsed.
///
/// # Errors
///
/// As those of [`generate`](super::generate::generate).
pub fn import_public(token: &Token, key: &NewKey, point: &PublicKey) -> Result<()> {
    make_unique(token, key, |session| {
        let public = create_public(session, key, point, Lifetime::Token)?;
        Ok(vec![public])
    })
    .map_err(|error| capability::explain(error, || capability::can_import_public(token, key.curve)))
}

/// Puts a key pair on the token: the private key, and a public key object of its own, whose point is
/// computed here, as no token makes one from a scalar.
///
/// # Errors
///
/// As those of [`generate`](super::generate::generate).
pub fn import_pair(token: &Token, key: &NewKey, scalar: &PrivateKey) -> Result<()> {
    let point = scalar.public_key()?;
    make_unique(token, key, |session| {
        let private = create_private(session, key, scalar, Lifetime::Token)?;
        let public = create_public(session, key, &point, Lifetime::Token)?;
        Ok(vec![private, public])
    })
    .map_err(|error| capability::explain(error, || capability::can_import_pair(token, key.curve)))
}
