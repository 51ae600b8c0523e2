//! Owns verification: `C_Verify` with `CKM_ECDSA`, or in software with the point of the key.

use cryptoki::context::Function;
use cryptoki::mechanism::Mechanism;

use crate::ec::{Signature, software, truncate_digest};
use crate::error::Result;
use crate::token::{KeyClass, KeyRef, Token};

use super::export::export_public;

/// Verifies an ECDSA signature (`r || s`, each half as long as the group order) on the token.
///
/// # Errors
///
/// [`ErrorKind::InvalidSignature`](crate::ErrorKind::InvalidSignature) if the signature is malformed
/// or not one of this key for this digest; what the token returned otherwise.
pub fn verify(token: &Token, key: KeyRef, digest: &[u8], signature: &[u8]) -> Result<()> {
    token.repeat(|session| {
        session.with_key(key, KeyClass::Public, |object| {
            let signature = Signature::from_bytes(object.curve, signature)?;
            let digest = truncate_digest(object.curve, digest);
            session.call(Function::Verify, |session| {
                session.verify(
                    &Mechanism::Ecdsa,
                    object.handle,
                    digest,
                    signature.as_bytes(),
                )
            })
        })
    })
}

/// The same in software; the token is asked only for the public key, and only once.
///
/// # Errors
///
/// Those of [`verify`] and of [`export_public`].
pub fn verify_in_software(
    token: &Token,
    key: KeyRef,
    digest: &[u8],
    signature: &[u8],
) -> Result<()> {
    let public_key = match token.known_public_key(key) {
        Some(public_key) => public_key,
        None => export_public(token, key)?,
    };
    let signature = Signature::from_bytes(public_key.curve(), signature)?;
    software::verify(&public_key, digest, &signature)
}
