//! Owns the calls that make the objects of a key, and the rule that its identifier is its own.

use cryptoki::context::Function;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectHandle};
use zeroize::Zeroize;

use crate::ec::{PrivateKey, PublicKey};
use crate::error::{Error, ErrorKind, Result};
use crate::token::{PooledSession, Token, find_with_id};

use super::template::{self, Lifetime, NewKey};

/// Makes the objects of a key with an identifier that nothing on the token has.
///
/// It is looked for before and, as another process may take it meanwhile, after they are made. Then they
/// must be there, too: when two processes use a token of SoftHSM2 at once, it may lose objects and still
/// return `CKR_OK`.
///
/// # Errors
///
/// [`ErrorKind::IdClash`] if something else has the identifier, and then no object is left;
/// [`ErrorKind::HardwareFailure`] if the token does not hold what it said to have made; those of `make`.
pub(super) fn make_unique(
    token: &Token,
    key: &NewKey,
    make: impl Fn(&PooledSession) -> Result<Vec<ObjectHandle>>,
) -> Result<()> {
    token.once(|session| {
        // A login that was lost is found out before anything is made.
        session.require_login()?;
        if !find_with_id(session, key.id)?.is_empty() {
            return Err(id_clash(key));
        }
        let ours = make(session)?;
        let found = find_with_id(session, key.id)?;
        if !ours.iter().all(|handle| found.contains(handle)) {
            return Err(lost(key));
        }
        if found.iter().all(|handle| ours.contains(handle)) {
            return Ok(());
        }
        discard(session, &ours)?;
        Err(id_clash(key))
    })
}

/// Destroys objects that were just made.
pub(super) fn discard(session: &PooledSession, handles: &[ObjectHandle]) -> Result<()> {
    for &handle in handles {
        session.change(Function::DestroyObject, |session| {
            session.destroy_object(handle)
        })?;
    }
    Ok(())
}

/// Makes a key pair that lives as `lifetime` says; gives the public and the private handle.
pub(super) fn generate_pair(
    session: &PooledSession,
    key: &NewKey,
    lifetime: Lifetime,
) -> Result<(ObjectHandle, ObjectHandle)> {
    session
        .change(Function::GenerateKeyPair, |session| {
            session.generate_key_pair(
                &Mechanism::EccKeyPairGen,
                &template::generated_public(key, lifetime),
                &template::generated_private(key, lifetime),
            )
        })
        .map_err(|error| error.context(format_args!("a {} key cannot be made", key.curve)))
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
        .change(Function::CreateObject, |session| {
            session.create_object(&template)
        })
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
    let created = session.change(Function::CreateObject, |session| {
        session.create_object(&template)
    });
    for attribute in &mut template {
        if let Attribute::Value(value) = attribute {
            value.zeroize();
        }
    }
    created
        .map_err(|error| error.context(format_args!("a {} key pair cannot be stored", key.curve)))
}

fn id_clash(key: &NewKey) -> Error {
    Error::new(
        ErrorKind::IdClash,
        format!("an object on the token has the CKA_ID {} already", key.id),
    )
}

fn lost(key: &NewKey) -> Error {
    Error::new(
        ErrorKind::HardwareFailure,
        format!(
            "the token returned CKR_OK for the objects with CKA_ID {} and does not hold them all",
            key.id
        ),
    )
}
