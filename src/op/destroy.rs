//! Owns the destruction of keys: exactly a key's objects, the private one first.

use crate::error::Result;
use crate::token::{self, KeyClass, KeyId, KeyRef, Label, Token};

/// Destroys both objects of a key pair; gives the number of objects that were there.
///
/// # Errors
///
/// [`ErrorKind::CorruptionDetected`](crate::ErrorKind::CorruptionDetected) if two objects match, and
/// then none is destroyed; what the token returned otherwise.
pub fn destroy_pair(token: &Token, key: KeyRef) -> Result<usize> {
    let classes = [KeyClass::Private, KeyClass::Public];
    token.destroying(|| token.once(|session| token::destroy_key(session, key, &classes)))
}

/// Destroys the object of a public key; gives the number of objects that were there.
///
/// # Errors
///
/// As those of [`destroy_pair`].
pub fn destroy_public(token: &Token, key: KeyRef) -> Result<usize> {
    token.destroying(|| token.once(|session| token::destroy_key(session, key, &[KeyClass::Public])))
}

/// Removes what a creation that failed left of a key: objects with its identifier and label.
///
/// # Errors
///
/// What finding or destroying them returned.
pub fn unfinished(token: &Token, id: KeyId, label: &Label) -> Result<usize> {
    token.destroying(|| token.once(|session| token::destroy_unfinished(session, id, label)))
}
