//! Owns signing: `C_Sign` with `CKM_ECDSA`.

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectHandle};

use crate::config::Ability;
use crate::ec::{Curve, Hash, Signature};
use crate::error::{Error, ErrorKind, Result};
use crate::token::{Form, KeyClass, KeyRef, PooledSession, Token};

use super::adaptation::in_some_form;
use super::capability::{self, Signable};
use super::digest_form::with_digest;
use super::verify;

/// Signs a digest: ECDSA with a nonce of the token's choice (PKCS#11 3.0, `CKM_ECDSA`).
///
/// `digest` may have any length of at least one byte; only as many of its first bytes as the group
/// order has are sent (FIPS 186-5, section 6.4.1, step 2). With `verify_after_sign` the signature is
/// verified before it is returned.
///
/// # Errors
///
/// [`ErrorKind::DoesNotExist`] if the token has no such private key; [`ErrorKind::NotSupported`] if it
/// does not sign on this curve; [`ErrorKind::CorruptionDetected`] if what it returned is no signature of
/// this curve, or not of this digest.
pub fn sign(token: &Token, key: KeyRef, digest: &[u8]) -> Result<Signature> {
    let signature = with_private_key(token, key, Signable::Digest, |session, curve, private| {
        sign_with(session, curve, private, digest)
    })?;
    verified(token, key, digest, signature)
}

/// Signs a message, which is hashed here, or by the token where it has no `CKM_ECDSA`.
///
/// # Errors
///
/// As those of [`sign`].
pub fn sign_message(token: &Token, key: KeyRef, hash: Hash, message: &[u8]) -> Result<Signature> {
    let digest = hash.digest(message);
    let signable = Signable::Message(hash);
    let signature = with_private_key(token, key, signable, |session, curve, private| {
        sign_message_with(session, curve, private, hash, message, &digest)
    })?;
    verified(token, key, &digest, signature)
}

fn with_private_key(
    token: &Token,
    key: KeyRef,
    signable: Signable,
    sign: impl Fn(&PooledSession, Curve, ObjectHandle) -> Result<Signature>,
) -> Result<Signature> {
    let signed = token.repeat(|session| {
        session.with_key(key, KeyClass::Private, |object| {
            refuse_montgomery(object.curve)?;
            token.permit(Ability::Sign, object.curve)?;
            sign(session, object.curve, object.handle)
                .inspect(|_| token.note_signed(object.curve))
                .map_err(|error| denied(session, object.handle).unwrap_or(error))
        })
    });
    signed.map_err(|error| match key.curve {
        // Whatever fails now, it is no lack.
        Some(curve) if error.is_vague() && token.has_signed(curve) => error,
        Some(curve) => capability::explain(token, error, Ability::Sign, curve, || {
            capability::can_sign(token, curve, signable)
        }),
        None => error,
    })
}

/// Tokens refuse to sign with a key that may not in many ways, so the key is asked.
fn denied(session: &PooledSession, private: ObjectHandle) -> Option<Error> {
    let shown = session.look(Function::GetAttributeValue, |session| {
        session.get_attributes(private, &[AttributeType::Sign])
    });
    let may_not = shown.is_ok_and(|shown| shown.contains(&Attribute::Sign(false)));
    may_not.then(|| {
        Error::new(
            ErrorKind::NotPermitted,
            "the token holds this key as one that may not sign (CKA_SIGN)",
        )
    })
}

fn verified(token: &Token, key: KeyRef, digest: &[u8], signature: Signature) -> Result<Signature> {
    if token.config().verify_after_sign {
        verify::verify_own(token, key, digest, &signature).map_err(|error| {
            match error.kind() {
                ErrorKind::InvalidSignature => error.with_kind(ErrorKind::CorruptionDetected),
                _ => error,
            }
            .context("a signature was made and could not be verified (verify_after_sign)")
        })?;
    }
    Ok(signature)
}

/// Signs a digest in a session that is at hand.
pub(crate) fn sign_with(
    session: &PooledSession,
    curve: Curve,
    private: ObjectHandle,
    digest: &[u8],
) -> Result<Signature> {
    with_digest(session, curve, digest, |digest| {
        session.call(Function::Sign, |session| {
            session.sign(&Mechanism::Ecdsa, private, digest)
        })
    })
    .and_then(|signature| Signature::from_token(curve, &signature))
}

/// Signs a message in a session that is at hand; `digest` is its digest.
pub(super) fn sign_message_with(
    session: &PooledSession,
    curve: Curve,
    private: ObjectHandle,
    hash: Hash,
    message: &[u8],
    digest: &[u8],
) -> Result<Signature> {
    with_message(
        session,
        curve,
        hash,
        || sign_with(session, curve, private, digest),
        |mechanism| {
            let signature = session.call(Function::Sign, |session| {
                session.sign(mechanism, private, message)
            })?;
            Signature::from_token(curve, &signature)
        },
    )
}

/// Signs or verifies a message in the form that the token takes: its digest, or the message itself where the
/// token lacks `CKM_ECDSA` and PKCS#11 has a mechanism that hashes.
///
/// # Errors
///
/// Those of `by_digest` and `by_message`.
pub(super) fn with_message<T>(
    session: &PooledSession,
    curve: Curve,
    hash: Hash,
    by_digest: impl Fn() -> Result<T>,
    by_message: impl Fn(&Mechanism) -> Result<T>,
) -> Result<T> {
    let form = Form::Message(curve);
    let first = session.quirks().form(form);
    in_some_form(session, form, first, 2, lacks_mechanism, |number| {
        if number == 0 {
            return by_digest();
        }
        match hashing_mechanism(hash) {
            Ok(mechanism) => by_message(&mechanism),
            Err(_) => by_digest(),
        }
    })
}

/// Whether the token has another mechanism at best.
pub(super) fn lacks_mechanism(error: &Error) -> bool {
    error.ckr() == Some(RvError::MechanismInvalid)
}

/// The mechanism that hashes and signs (PKCS#11 3.0, current mechanisms, section 2.3.13).
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] for a hash that PKCS#11 2.40 has none for.
pub(crate) fn hashing_mechanism(hash: Hash) -> Result<Mechanism<'static>> {
    match hash {
        Hash::Sha1 => Ok(Mechanism::EcdsaSha1),
        Hash::Sha224 => Ok(Mechanism::EcdsaSha224),
        Hash::Sha256 => Ok(Mechanism::EcdsaSha256),
        Hash::Sha384 => Ok(Mechanism::EcdsaSha384),
        Hash::Sha512 => Ok(Mechanism::EcdsaSha512),
        _ => Err(Error::new(
            ErrorKind::NotSupported,
            format!(
                "the token lacks CKM_ECDSA, and PKCS#11 has no mechanism that signs with {hash:?}"
            ),
        )),
    }
}

/// PKCS#11 has no signatures with the keys of Montgomery curves, and PSA none either.
///
/// # Errors
///
/// [`ErrorKind::InvalidArgument`] for such a curve.
pub(super) fn refuse_montgomery(curve: Curve) -> Result<()> {
    match curve.is_montgomery() {
        true => Err(Error::new(
            ErrorKind::InvalidArgument,
            format!("a {curve} key agrees secrets and has no signatures"),
        )),
        false => Ok(()),
    }
}
