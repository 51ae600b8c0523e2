//! Owns the export of keys: `CKA_EC_POINT` of a public key, `CKA_VALUE` of a private key.

use cryptoki::object::{AttributeType, ObjectHandle};
use zeroize::Zeroizing;

use crate::config::Ability;
use crate::ec::{Curve, PrivateKey, PublicKey};
use crate::error::{Error, ErrorKind, Result};
use crate::token::{KeyClass, KeyRef, PooledSession, Token, read};

/// The public key, read from the token and checked to be on its curve.
///
/// # Errors
///
/// [`ErrorKind::DoesNotExist`] if the token has no such public key;
/// [`ErrorKind::CorruptionDetected`] if what it shows is no point of the curve.
pub fn export_public(token: &Token, key: KeyRef) -> Result<PublicKey> {
    token.repeat(|session| read_public(session, key))
}

/// The scalar of a key pair.
///
/// # Errors
///
/// [`ErrorKind::DoesNotExist`] if the token has no such private key; [`ErrorKind::NotPermitted`] if
/// it does not let the key out; [`ErrorKind::CorruptionDetected`] if what it shows is no scalar of
/// the curve, or not the one of the public key.
pub fn export_private(token: &Token, key: KeyRef) -> Result<PrivateKey> {
    let exported = token.repeat(|session| {
        session.with_key(key, KeyClass::Private, |object| {
            token.permit(Ability::Export, object.curve)?;
            let scalar = read_private(session, object.curve, object.handle)?;
            match read_public(session, key) {
                Ok(public_key) => require_match(&scalar, &public_key)?,
                // There is nothing to compare it with.
                Err(error) if error.kind() == ErrorKind::DoesNotExist => {}
                Err(error) => return Err(error),
            }
            Ok(scalar)
        })
    });
    if let (Err(error), Some(curve)) = (&exported, key.curve) {
        if error.kind() == ErrorKind::NotPermitted {
            token.contradict(Ability::Export, curve, error);
        }
    }
    exported
}

/// Refuses a scalar that is not the one of the public key, where this build can tell: some tokens are known
/// to cut numbers.
///
/// # Errors
///
/// [`ErrorKind::CorruptionDetected`] then.
pub(super) fn require_match(scalar: &PrivateKey, public_key: &PublicKey) -> Result<()> {
    match scalar.public_key() {
        Ok(computed) if computed != *public_key => Err(Error::new(
            ErrorKind::CorruptionDetected,
            "the token shows a private key that is not the one of its public key",
        )),
        Err(error) if error.kind() != ErrorKind::NotSupported => Err(error),
        _ => Ok(()),
    }
}

/// The scalar that a private key object shows.
pub(super) fn read_private(
    session: &PooledSession,
    curve: Curve,
    private: ObjectHandle,
) -> Result<PrivateKey> {
    match read(session, private, AttributeType::Value)?.map(Zeroizing::new) {
        Some(value) => PrivateKey::from_value(curve, &value),
        None => Err(Error::new(
            ErrorKind::NotPermitted,
            "the token does not let this private key out: it is sensitive or not extractable",
        )),
    }
}

/// [`export_public`] on a session that is at hand.
pub(super) fn read_public(session: &PooledSession, key: KeyRef) -> Result<PublicKey> {
    session.with_key(key, KeyClass::Public, |object| {
        match read(session, object.handle, AttributeType::EcPoint)? {
            Some(point) => {
                let public_key = PublicKey::from_ec_point(object.curve, &point)?;
                // The first reading stays: what a key's object shows does not change.
                let _ = object.public_key.set(public_key.clone());
                Ok(public_key)
            }
            None => Err(Error::new(
                ErrorKind::CorruptionDetected,
                "the token does not show the point of this public key",
            )),
        }
    })
}
