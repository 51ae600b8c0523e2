//! Owns the reading of single attributes, and whether the token shows them.

use cryptoki::context::Function;
use cryptoki::object::{Attribute, AttributeInfo, AttributeType, ObjectHandle};

use crate::error::{Error, ErrorKind, Result};

use super::PooledSession;

/// One attribute that is a string of bytes; `None` if the object lacks it or does not show it, which some
/// modules say by an empty string.
///
/// # Errors
///
/// What `C_GetAttributeValue` returned.
pub(crate) fn read(
    session: &PooledSession,
    handle: ObjectHandle,
    attribute: AttributeType,
) -> Result<Option<Vec<u8>>> {
    let attributes = session.look(Function::GetAttributeValue, |session| {
        session.get_attributes(handle, &[attribute])
    })?;
    Ok(attributes
        .into_iter()
        .find_map(|attribute| match attribute {
            Attribute::EcParams(bytes)
            | Attribute::EcPoint(bytes)
            | Attribute::Id(bytes)
            | Attribute::Label(bytes)
            | Attribute::Value(bytes) => Some(bytes),
            _ => None,
        })
        .filter(|bytes| !bytes.is_empty()))
}

/// How long an attribute is, in bytes, that an object has and shows: the token is asked for that alone, as
/// cryptoki gives out an attribute that is not shown (PKCS#11 3.0, section 5.7.5) as absent, empty or zero.
///
/// # Errors
///
/// [`ErrorKind::CommunicationFailure`] if the token does not show it; what `C_GetAttributeValue` returned.
pub(crate) fn shown_length(
    session: &PooledSession,
    handle: ObjectHandle,
    attribute: AttributeType,
) -> Result<usize> {
    let info = session.look(Function::GetAttributeValue, |session| {
        session.get_attribute_info(handle, &[attribute])
    })?;
    match info.as_slice() {
        [AttributeInfo::Available(length)] => Ok(*length),
        _ => Err(not_shown(attribute)),
    }
}

/// One attribute that every key has and shows (PKCS#11 3.0, sections 4.4 and 4.7); empty if it is not set.
///
/// # Errors
///
/// As those of [`shown_length`].
pub(super) fn read_shown(
    session: &PooledSession,
    handle: ObjectHandle,
    attribute: AttributeType,
) -> Result<Vec<u8>> {
    let length = shown_length(session, handle, attribute)?;
    match read(session, handle, attribute)? {
        Some(value) => Ok(value),
        None if length == 0 => Ok(Vec::new()),
        None => Err(not_shown(attribute)),
    }
}

fn not_shown(attribute: AttributeType) -> Error {
    Error::new(
        ErrorKind::CommunicationFailure,
        format!("the token does not show the {attribute} of an object"),
    )
}
