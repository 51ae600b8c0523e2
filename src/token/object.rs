//! Owns the objects of a key on the token: how they are named, found and removed.

use std::fmt;
use std::sync::{OnceLock, PoisonError};

use cryptoki::context::Function;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use log::warn;

use crate::ec::{Curve, PublicKey};
use crate::error::{CkrClass, Error, ErrorKind, Result};

use super::attribute::{read, read_shown};
use super::handles::Place;
use super::{Label, PooledSession};

/// The identifier that a key's objects share on the token.
///
/// Its `CKA_ID` is the number in 4 big-endian bytes, as Parsec's own PKCS#11 provider writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(u32);

impl KeyId {
    /// The identifier with this number.
    pub fn new(number: u32) -> Self {
        Self(number)
    }

    /// A random identifier.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InsufficientEntropy`] if the operating system gives no random bytes.
    pub fn random() -> Result<Self> {
        let mut bytes = [0; 4];
        getrandom::fill(&mut bytes)?;
        Ok(Self(u32::from_be_bytes(bytes)))
    }

    /// The number.
    pub fn number(self) -> u32 {
        self.0
    }

    /// The value of `CKA_ID`: 4 bytes, big-endian.
    pub(crate) fn to_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    pub(super) fn attribute(self) -> Attribute {
        Attribute::Id(self.to_bytes().to_vec())
    }
}

impl fmt::Display for KeyId {
    /// The number in 8 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// Which of a key's objects is meant: PKCS#11 3.0, section 4.3 (`CKA_CLASS`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyClass {
    /// `CKO_PUBLIC_KEY`.
    Public,
    /// `CKO_PRIVATE_KEY`.
    Private,
}

impl KeyClass {
    pub(crate) fn attribute(self) -> Attribute {
        Attribute::Class(match self {
            KeyClass::Public => ObjectClass::PUBLIC_KEY,
            KeyClass::Private => ObjectClass::PRIVATE_KEY,
        })
    }
}

impl fmt::Display for KeyClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyClass::Public => "public key",
            KeyClass::Private => "private key",
        })
    }
}

/// A key on the token: its identifier and its curve.
///
/// Without a curve (a public key that was imported with `bits` 0 by another provider) the curve is
/// the one that the object itself names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyRef {
    /// The identifier.
    pub id: KeyId,
    /// The curve, where it is known.
    pub curve: Option<Curve>,
}

/// The `CKA_KEY_TYPE` of the keys of a curve: PKCS#11 3.0, current mechanisms, sections 2.3.3 and 2.3.7.
pub(crate) fn key_type(curve: Curve) -> KeyType {
    match curve.is_montgomery() {
        true => KeyType::EC_MONTGOMERY,
        false => KeyType::EC,
    }
}

/// An object of a key, found on the token.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) handle: ObjectHandle,
    pub(crate) curve: Curve,
    /// What a public key object showed when it was read.
    pub(crate) public_key: OnceLock<PublicKey>,
}

/// The object of `key` of this class: the one with its `CKA_ID`, this class, the key type of its curve and
/// that curve, whoever made it.
///
/// # Errors
///
/// [`ErrorKind::DoesNotExist`] if there is none, [`ErrorKind::NotLoggedIn`] if there may be one that
/// only a login shows, [`ErrorKind::CorruptionDetected`] if there is more than one.
pub(super) fn find_key(session: &PooledSession, key: KeyRef, class: KeyClass) -> Result<Object> {
    let mut found = find_matching(session, key, class)?;
    match (found.pop(), found.is_empty()) {
        (Some(object), true) => {
            require_own(session, object.handle, key.id, class)?;
            Ok(object)
        }
        (None, _) => {
            // Some tokens have private public keys only.
            if class == KeyClass::Private || session.is_to_be_logged_in() {
                session.require_login()?;
            }
            Err(Error::new(
                ErrorKind::DoesNotExist,
                format!("the token holds no {class} object with CKA_ID {}", key.id),
            ))
        }
        (Some(_), false) => Err(Error::new(
            ErrorKind::CorruptionDetected,
            format!(
                "the token holds more than one {class} object with CKA_ID {}; remove the one that \
                 does not belong to Parsec, or change its CKA_ID",
                key.id
            ),
        )),
    }
}

/// An identifier that no key has: a search for it only tells whether the token answers.
pub(crate) fn no_identifier() -> Attribute {
    Attribute::Id(b"no such identifier".to_vec())
}

/// All objects with this `CKA_ID`, of every class.
pub(crate) fn find_with_id(session: &PooledSession, id: KeyId) -> Result<Vec<ObjectHandle>> {
    session.look(Function::FindObjects, |session| {
        session.find_objects(&[id.attribute()])
    })
}

/// Removes the objects that are `key`'s, the private one first; `classes` says which it has.
///
/// Waits for those who use them, and nobody uses a handle of theirs afterwards.
///
/// # Errors
///
/// Those of [`find_key`], but an object that is not there counts as removed; what
/// `C_DestroyObject` returned.
pub(crate) fn destroy_key(
    session: &PooledSession,
    key: KeyRef,
    classes: &[KeyClass],
) -> Result<usize> {
    let places: Vec<Place> = classes
        .iter()
        .map(|&class| session.handles().place(key.id, class))
        .collect();
    let mut held: Vec<_> = places
        .iter()
        .map(|place| place.write().unwrap_or_else(PoisonError::into_inner))
        .collect();
    for place in &mut held {
        **place = None;
    }
    let mut found = Vec::new();
    for &class in classes {
        match find_key(session, key, class) {
            Ok(object) => found.push(object.handle),
            // Only a search that found nothing says so, not an answer of the token to something else.
            Err(error) if error.kind() == ErrorKind::DoesNotExist && error.ckr().is_none() => {}
            Err(error) => return Err(error),
        }
    }
    for &handle in &found {
        destroy(session, handle)?;
    }
    for &class in classes {
        session.handles().forget(key.id, class);
    }
    Ok(found.len())
}

/// Refuses a handle that is not that of the object with this identifier and class: tpm2-pkcs11 gives objects
/// the handles of others at times.
///
/// # Errors
///
/// [`ErrorKind::HandleClash`] then, and nothing may be done by that handle; those of [`read_shown`].
pub(crate) fn require_own(
    session: &PooledSession,
    handle: ObjectHandle,
    id: KeyId,
    class: KeyClass,
) -> Result<()> {
    let shown = session.look(Function::GetAttributeValue, |session| {
        session.get_attributes(handle, &[AttributeType::Class, AttributeType::Id])
    })?;
    if shown.contains(&class.attribute()) && shown.contains(&id.attribute()) {
        return Ok(());
    }
    // What the token does not show is not that of another object.
    read_shown(session, handle, AttributeType::Id)?;
    Err(Error::new(
        ErrorKind::HandleClash,
        "the token gave an object the handle of another one",
    ))
}

/// Removes what a creation that did not come to its end left: the key objects with this identifier whose
/// label says that this installation made them.
///
/// # Errors
///
/// [`ErrorKind::NotLoggedIn`] if only a login would show them; those of [`read_shown`]; what finding or
/// removing them returned.
pub(crate) fn destroy_unfinished(
    session: &PooledSession,
    id: KeyId,
    label: &Label,
) -> Result<usize> {
    session.require_login()?;
    let mut destroyed = 0;
    for class in [KeyClass::Private, KeyClass::Public] {
        let template = [class.attribute(), id.attribute()];
        for handle in session.look(Function::FindObjects, |session| {
            session.find_objects(&template)
        })? {
            if label.marks(&read_shown(session, handle, AttributeType::Label)?) {
                destroy(session, handle)?;
                destroyed += 1;
            } else {
                warn!(
                    "A key that was begun has CKA_ID {id}, and an object with that CKA_ID bears \
                     another label: it is left as it is."
                );
            }
        }
    }
    Ok(destroyed)
}

/// An object that is gone by now, with the other half of its key perhaps, is destroyed; that it is gone is
/// not taken from the refusal to destroy it.
fn destroy(session: &PooledSession, handle: ObjectHandle) -> Result<()> {
    let destroyed = session.change(Function::DestroyObject, |session| {
        session.destroy_object(handle)
    });
    let refusal = match destroyed {
        Err(error) if error.ckr_class() == Some(CkrClass::Handle) => error,
        destroyed => return destroyed,
    };
    match read(session, handle, AttributeType::Id) {
        // Without a login, a private object has no handle either.
        Err(error) if error.ckr_class() == Some(CkrClass::Handle) => session.require_login(),
        Err(error) => Err(error),
        Ok(_) => Err(denied(refusal)),
    }
}

/// The token calls an object unknown that it holds.
pub(super) fn denied(error: Error) -> Error {
    error
        .with_kind(ErrorKind::CommunicationFailure)
        .context("the token denies an object that it holds")
}

fn find_matching(session: &PooledSession, key: KeyRef, class: KeyClass) -> Result<Vec<Object>> {
    let template = [
        class.attribute(),
        Attribute::KeyType(key.curve.map_or(KeyType::EC, key_type)),
        key.id.attribute(),
    ];
    let search = || {
        session.look(Function::FindObjects, |session| {
            session.find_objects(&template)
        })
    };
    let mut matching = Vec::new();
    for handle in search()? {
        let params = match read(session, handle, AttributeType::EcParams) {
            Err(error) if error.ckr_class() == Some(CkrClass::Handle) => {
                if search()?.contains(&handle) {
                    return Err(denied(error));
                }
                // Somebody else destroyed it meanwhile.
                continue;
            }
            params => params?,
        };
        let named = params.map(|params| Curve::from_ec_params(&params));
        let curve = match (named, key.curve) {
            (Some(Ok(named)), None) => named,
            (Some(Ok(named)), Some(wanted)) if named == wanted => named,
            // A token that does not show the parameters of a key leaves it to the identifier.
            (None, Some(wanted)) => wanted,
            (Some(Ok(_)) | None, _) => continue,
            // It may be the one that is looked for: that there is none would be a wrong answer.
            (Some(Err(error)), _) => {
                return Err(error.with_kind(ErrorKind::CorruptionDetected).context(format_args!(
                    "the {class} object with CKA_ID {} names its curve in a form that is not known",
                    key.id
                )));
            }
        };
        matching.push(Object {
            handle,
            curve,
            public_key: OnceLock::new(),
        });
    }
    Ok(matching)
}
