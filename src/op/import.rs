//! Owns the import of keys: `C_CreateObject` of a public key, or of both halves of a pair.

use cryptoki::object::{Attribute, ObjectHandle};
use zeroize::Zeroize;

use crate::ec::{PrivateKey, PublicKey};
use crate::error::Result;
use crate::token::{PooledSession, Token};

use super::capability;
use super::generate::{keep_if_unique, refuse_taken_id};
use super::template::{self, Lifetime, NewKey};

/// Puts a public key on the token; its point was checked when `point` was parsed.
///
/// # Errors
///
/// As those of [`generate`](super::generate::generate).
pub fn import_public(token: &Token, key: &NewKey, point: &PublicKey) -> Result<()> {
    token
        .once(|session| {
            refuse_taken_id(session, key)?;
            let public = create_public(session, key, point, Lifetime::Token)?;
            keep_if_unique(session, key, &[public])
        })
        .map_err(|error| {
            capability::explain(error, || capability::can_import_public(token, key.curve))
        })
}

/// Puts a key pair on the token: the private key, and a public key object of its own, whose point is
/// computed here, as no token makes one from a scalar.
///
/// # Errors
///
/// As those of [`generate`](super::generate::generate).
pub fn import_pair(token: &Token, key: &NewKey, scalar: &PrivateKey) -> Result<()> {
    let point = scalar.public_key();
    token
        .once(|session| {
            refuse_taken_id(session, key)?;
            let private = create_private(session, key, scalar, Lifetime::Token)?;
            let public = create_public(session, key, &point, Lifetime::Token)?;
            keep_if_unique(session, key, &[private, public])
        })
        .map_err(|error| {
            capability::explain(error, || capability::can_import_pair(token, key.curve))
        })
}

/// Makes a public key object that lives as `lifetime` says.
pub(super) fn create_public(
    session: &PooledSession,
    key: &NewKey,
    point: &PublicKey,
    lifetime: Lifetime,
) -> Result<ObjectHandle> {
    let template = template::imported_public(key, point, lifetime);
    session
        .change(|session| session.create_object(&template))
        .map_err(|error| error.context(format_args!("a {} public key cannot be stored", key.curve)))
}

/// Makes a private key object that lives as `lifetime` says.
pub(super) fn create_private(
    session: &PooledSession,
    key: &NewKey,
    scalar: &PrivateKey,
    lifetime: Lifetime,
) -> Result<ObjectHandle> {
    let mut template = template::imported_private(key, scalar, lifetime);
    let created = session.change(|session| session.create_object(&template));
    for attribute in &mut template {
        if let Attribute::Value(value) = attribute {
            value.zeroize();
        }
    }
    created
        .map_err(|error| error.context(format_args!("a {} key pair cannot be stored", key.curve)))
}
