//! Owns signing: `C_Sign` with `CKM_ECDSA`.

use cryptoki::context::Function;
use cryptoki::mechanism::Mechanism;

use crate::ec::{Signature, truncate_digest};
use crate::error::Result;
use crate::token::{KeyClass, KeyRef, Token};

/// Signs a digest: ECDSA with a nonce of the token's choice (PKCS#11 3.0, `CKM_ECDSA`).
///
/// `digest` may have any length of at least one byte; only as many of its first bytes as the group
/// order has are sent (FIPS 186-5, section 6.4.1, step 2).
///
/// # Errors
///
/// [`ErrorKind::DoesNotExist`](crate::ErrorKind::DoesNotExist) if the token has no such private key;
/// [`ErrorKind::CorruptionDetected`](crate::ErrorKind::CorruptionDetected) if what it returned is no
/// signature of this curve.
pub fn sign(token: &Token, key: KeyRef, digest: &[u8]) -> Result<Signature> {
    token.repeat(|session| {
        session.with_key(key, KeyClass::Private, |object| {
            let digest = truncate_digest(object.curve, digest);
            let signature = session.call(Function::Sign, |session| {
                session.sign(&Mechanism::Ecdsa, object.handle, digest)
            })?;
            Signature::from_token(object.curve, &signature)
        })
    })
}
