//! Owns key pair generation: `C_GenerateKeyPair` with `CKM_EC_KEY_PAIR_GEN`.

use cryptoki::mechanism::Mechanism;
use cryptoki::object::ObjectHandle;

use crate::error::{Error, ErrorKind, Result};
use crate::token::{PooledSession, Token, find_with_id};

use super::capability;
use super::template::{self, Lifetime, NewKey};

/// Makes a key pair on the token (PKCS#11 3.0, current mechanisms, `CKM_EC_KEY_PAIR_GEN`).
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] if the token does not make keys on this curve;
/// [`ErrorKind::IdClash`] if something else has the identifier, and then no object is left;
/// what the token returned otherwise: objects may be left then, and
/// [`destroy::unfinished`](super::destroy::unfinished) removes them.
pub fn generate(token: &Token, key: &NewKey) -> Result<()> {
    token
        .once(|session| {
            refuse_taken_id(session, key)?;
            let (public, private) = generate_pair(session, key, Lifetime::Token)?;
            keep_if_unique(session, key, &[private, public])
        })
        .map_err(|error| capability::explain(error, || capability::can_generate(token, key.curve)))
}

/// Makes a key pair that lives as `lifetime` says; gives the public and the private handle.
pub(super) fn generate_pair(
    session: &PooledSession,
    key: &NewKey,
    lifetime: Lifetime,
) -> Result<(ObjectHandle, ObjectHandle)> {
    session
        .change(|session| {
            session.generate_key_pair(
                &Mechanism::EccKeyPairGen,
                &template::generated_public(key, lifetime),
                &template::generated_private(key, lifetime),
            )
        })
        .map_err(|error| error.context(format_args!("a {} key cannot be made", key.curve)))
}

/// Refuses an identifier that an object on the token has.
pub(super) fn refuse_taken_id(session: &PooledSession, key: &NewKey) -> Result<()> {
    match find_with_id(session, key.id)?.is_empty() {
        true => Ok(()),
        false => Err(id_clash(key)),
    }
}

/// Another process may have taken the identifier since: then `ours` are destroyed.
pub(super) fn keep_if_unique(
    session: &PooledSession,
    key: &NewKey,
    ours: &[ObjectHandle],
) -> Result<()> {
    let found = find_with_id(session, key.id)?;
    if found.iter().all(|handle| ours.contains(handle)) {
        return Ok(());
    }
    for &handle in ours {
        session.change(|session| session.destroy_object(handle))?;
    }
    Err(id_clash(key))
}

fn id_clash(key: &NewKey) -> Error {
    Error::new(
        ErrorKind::IdClash,
        format!("an object on the token has the CKA_ID {} already", key.id),
    )
}
