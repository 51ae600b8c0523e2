//! Owns the looks at a token as a whole: which keys are on it.

use cryptoki::context::Function;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectHandle};

use crate::error::{CkrClass, Result};

use super::attribute::read;
use super::{KeyClass, KeyId, PooledSession};

/// An EC key object that a survey of the token met.
#[derive(Debug, Clone)]
pub struct SurveyedKey {
    /// Its `CKA_ID`, if that has the form of a [`KeyId`].
    pub id: Option<KeyId>,
    /// Its `CKA_LABEL`; empty if it has none.
    pub label: Vec<u8>,
}

/// Every elliptic-curve key object of this class, until `go_on` says no.
///
/// # Errors
///
/// What finding or reading them returned; an object that goes away meanwhile is left out.
/// [`ErrorKind::TokenAway`](crate::ErrorKind::TokenAway) if the epoch ends meanwhile.
pub(crate) fn survey(
    session: &PooledSession,
    class: KeyClass,
    go_on: &dyn Fn() -> bool,
) -> Result<Vec<SurveyedKey>> {
    let mut keys = Vec::new();
    for key_type in [KeyType::EC, KeyType::EC_MONTGOMERY] {
        let template = [class.attribute(), Attribute::KeyType(key_type)];
        for handle in session.look(Function::FindObjects, |session| {
            session.find_objects(&template)
        })? {
            if !go_on() {
                return Ok(keys);
            }
            session.require_epoch()?;
            match surveyed(session, handle) {
                Ok(key) => keys.push(key),
                Err(error) if error.ckr_class() == Some(CkrClass::Handle) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(keys)
}

fn surveyed(session: &PooledSession, handle: ObjectHandle) -> Result<SurveyedKey> {
    let id = read(session, handle, AttributeType::Id)?
        .and_then(|id| <[u8; 4]>::try_from(id).ok())
        .map(|id| KeyId::new(u32::from_be_bytes(id)));
    let label = read(session, handle, AttributeType::Label)?.unwrap_or_default();
    Ok(SurveyedKey { id, label })
}

/// Whether there is an object of this class with this `CKA_ID`, of any type of key.
pub(crate) fn holds(session: &PooledSession, class: KeyClass, id: KeyId) -> Result<bool> {
    let template = [class.attribute(), id.attribute()];
    let found = session.look(Function::FindObjects, |session| {
        session.find_objects(&template)
    })?;
    Ok(!found.is_empty())
}
