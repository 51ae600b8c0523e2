//! Owns verification: `C_Verify` with `CKM_ECDSA`, or in software with the point of the key.

use cryptoki::context::Function;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::ObjectHandle;

use crate::config::Ability;
use crate::ec::{Curve, Hash, PublicKey, Signature, software};
use crate::error::{ErrorKind, Result};
use crate::token::{KeyClass, KeyRef, Object, PooledSession, Token};

use super::digest_form::with_digest;
use super::export::export_public;
use super::sign::{refuse_montgomery, with_message};

/// Verifies an ECDSA signature (`r || s`, each half as long as the group order) on the token, or in
/// software if the token cannot.
///
/// # Errors
///
/// [`ErrorKind::InvalidSignature`] if the signature is malformed or not one of this key for this digest;
/// what the token returned otherwise.
pub fn verify(token: &Token, key: KeyRef, digest: &[u8], signature: &[u8]) -> Result<()> {
    let verified = with_public_key(token, key, |session, object| {
        let signature = Signature::from_bytes(object.curve, signature)?;
        verify_with(session, object.curve, object.handle, digest, &signature)
    });
    or_in_software(verified, token, key, digest, signature)
}

/// Verifies a signature over a message, which is hashed here, or by the token where it has no `CKM_ECDSA`.
///
/// # Errors
///
/// As those of [`verify`].
pub fn verify_message(
    token: &Token,
    key: KeyRef,
    hash: Hash,
    message: &[u8],
    signature: &[u8],
) -> Result<()> {
    let digest = hash.digest(message);
    let verified = with_public_key(token, key, |session, object| {
        let signature = Signature::from_bytes(object.curve, signature)?;
        with_message(
            session,
            object.curve,
            hash,
            || verify_with(session, object.curve, object.handle, &digest, &signature),
            |mechanism| {
                session.call(Function::Verify, |session| {
                    session.verify(mechanism, object.handle, message, signature.as_bytes())
                })
            },
        )
    });
    or_in_software(verified, token, key, &digest, signature)
}

/// The same in software; the token is asked only for the public key, and only once.
///
/// # Errors
///
/// Those of [`verify`] and of [`export_public`]; [`ErrorKind::NotSupported`] if this build lacks the
/// arithmetic of the curve.
pub fn verify_in_software(
    token: &Token,
    key: KeyRef,
    digest: &[u8],
    signature: &[u8],
) -> Result<()> {
    let public_key = public_key(token, key)?;
    let signature = Signature::from_bytes(public_key.curve(), signature)?;
    software::verify(&public_key, digest, &signature)
}

/// Verifies a signature that the token has just made: in software, or on the token where this build lacks
/// the arithmetic of the curve.
pub(super) fn verify_own(
    token: &Token,
    key: KeyRef,
    digest: &[u8],
    signature: &Signature,
) -> Result<()> {
    match software::require(signature.curve()) {
        Ok(()) => software::verify(&public_key(token, key)?, digest, signature),
        Err(_) => verify(token, key, digest, signature.as_bytes()),
    }
}

/// Verifies on the token in a session that is at hand.
pub(crate) fn verify_with(
    session: &PooledSession,
    curve: Curve,
    public: ObjectHandle,
    digest: &[u8],
    signature: &Signature,
) -> Result<()> {
    with_digest(session, curve, digest, |digest| {
        session.call(Function::Verify, |session| {
            session.verify(&Mechanism::Ecdsa, public, digest, signature.as_bytes())
        })
    })
}

fn with_public_key(
    token: &Token,
    key: KeyRef,
    verify: impl Fn(&PooledSession, &Object) -> Result<()>,
) -> Result<()> {
    token.repeat(|session| {
        session.with_key(key, KeyClass::Public, |object| {
            refuse_montgomery(object.curve)?;
            token.permit(Ability::Verify, object.curve)?;
            verify(session, object)
        })
    })
}

/// A token that verifies no signatures leaves it to software.
fn or_in_software(
    verified: Result<()>,
    token: &Token,
    key: KeyRef,
    digest: &[u8],
    signature: &[u8],
) -> Result<()> {
    match verified {
        Err(error) if error.kind() == ErrorKind::NotSupported => {
            if let Some(curve) = key.curve {
                token.contradict(Ability::Verify, curve, &error);
            }
            match verify_in_software(token, key, digest, signature) {
                Err(again) if again.kind() == ErrorKind::NotSupported => Err(error),
                verified => verified,
            }
        }
        verified => verified,
    }
}

fn public_key(token: &Token, key: KeyRef) -> Result<PublicKey> {
    match token.known_public_key(key) {
        Some(public_key) => Ok(public_key),
        None => export_public(token, key),
    }
}
