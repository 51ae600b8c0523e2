//! Owns the look at objects that were just made: each is kept only if it is what was asked for.

use cryptoki::context::Function;
use cryptoki::object::{Attribute, AttributeType, ObjectHandle};

use crate::config::{OptionalAttribute, TemplateChange};
use crate::ec::{Curve, PublicKey};
use crate::error::{CkrClass, Error, ErrorKind, Result};
use crate::token::{KeyClass, PooledSession, key_type, require_own};

use super::export;
use super::template::NewKey;

/// Refuses an object that was just made if it is another one, or has another identifier than it was given; that
/// one is removed, as nothing would find it again.
pub(super) fn require_named(
    session: &PooledSession,
    handle: ObjectHandle,
    key: &NewKey,
    class: KeyClass,
) -> Result<()> {
    match require_own(session, handle, key.id, class) {
        Err(error)
            if error.kind() == ErrorKind::HandleClash
                && has_our_label(session, handle, key, class)? =>
        {
            discard(session, &[handle])?;
            Err(unusable(
                "the token gives a key another CKA_ID than it was told to",
            ))
        }
        owned => owned,
    }
}

fn has_our_label(
    session: &PooledSession,
    handle: ObjectHandle,
    key: &NewKey,
    class: KeyClass,
) -> Result<bool> {
    let shown = session.look(Function::GetAttributeValue, |session| {
        session.get_attributes(handle, &[AttributeType::Class, AttributeType::Label])
    })?;
    let is_ours = |attribute: &Attribute| match attribute {
        Attribute::Label(label) => key.label.marks(label),
        _ => false,
    };
    Ok(shown.contains(&class.attribute()) && shown.iter().any(is_ours))
}

/// Reads the point of a public key that was just made: some tokens make keys that they cannot show.
pub(super) fn check_public(
    session: &PooledSession,
    curve: Curve,
    public: ObjectHandle,
) -> Result<PublicKey> {
    let shown = show(session, public, &[AttributeType::EcPoint])?;
    check_kind(curve, &shown)?;
    let point = shown.iter().find_map(|attribute| match attribute {
        Attribute::EcPoint(point) if !point.is_empty() => Some(point),
        _ => None,
    });
    match point {
        Some(point) => PublicKey::from_ec_point(curve, point)
            .map_err(|error| error.with_kind(ErrorKind::NotSupported)),
        None => Err(unusable(
            "the token does not show the point of a public key that it made",
        )),
    }
}

/// The attributes of an object that are asked for and shown, and those that [`check_kind`] looks at.
fn show(
    session: &PooledSession,
    object: ObjectHandle,
    asked: &[AttributeType],
) -> Result<Vec<Attribute>> {
    let asked = [asked, &[AttributeType::KeyType, AttributeType::EcParams]].concat();
    session.look(Function::GetAttributeValue, |session| {
        session.get_attributes(object, &asked)
    })
}

/// Refuses an object that would not be found as a key of `curve`, or not be known as one.
fn check_kind(curve: Curve, shown: &[Attribute]) -> Result<()> {
    for attribute in shown {
        match attribute {
            Attribute::KeyType(shown) if *shown != key_type(curve) => {
                return Err(unusable("the token gives a key of this curve another type"));
            }
            Attribute::EcParams(params) if !params.is_empty() => {
                let named = Curve::from_ec_params(params)
                    .map_err(|error| error.with_kind(ErrorKind::NotSupported))?;
                if named != curve {
                    return Err(unusable("the token says that the key is of another curve"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Looks at what a private key that was just made is, and at the attributes that protect it: what was
/// sent may not be what the token made of it, and what was left out is up to the token.
pub(super) fn check_private(
    session: &PooledSession,
    key: &NewKey,
    private: ObjectHandle,
    changes: &[TemplateChange],
) -> Result<()> {
    let asked = [
        AttributeType::Private,
        AttributeType::Sensitive,
        AttributeType::Extractable,
    ];
    let shown = show(session, private, &asked)?;
    check_kind(key.curve, &shown)?;
    let export = key.usage.export;
    let wanted = [
        (OptionalAttribute::Private, Attribute::Private(true)),
        (OptionalAttribute::Sensitive, Attribute::Sensitive(!export)),
        (
            OptionalAttribute::Extractable,
            Attribute::Extractable(export),
        ),
    ];
    for (attribute, wanted) in wanted {
        let shown = shown
            .iter()
            .find(|shown| shown.attribute_type() == wanted.attribute_type());
        let is_as_wanted = match shown {
            Some(shown) => *shown == wanted,
            // A token that does not show it has taken it, unless it was left out.
            None => !changes.contains(&TemplateChange::Omit(attribute)),
        };
        if !is_as_wanted {
            return Err(unusable(match export {
                true => "the token makes no private keys that can be exported",
                false => "the token would not protect this private key as its policy wants it",
            }));
        }
    }
    match export {
        // NSS takes the template, says so, and shows no scalar.
        true => export::read_private(session, key.curve, private)
            .map(|_| ())
            .map_err(|error| match error.kind() {
                ErrorKind::NotPermitted => error.with_kind(ErrorKind::NotSupported),
                _ => error,
            }),
        false => Ok(()),
    }
}

/// Removes what was made if it is not what was asked for.
pub(super) fn kept_if<T>(
    checked: Result<T>,
    session: &PooledSession,
    made: &[ObjectHandle],
) -> Result<T> {
    match checked {
        Err(error)
            if !matches!(
                error.ckr_class(),
                Some(CkrClass::Device | CkrClass::Session)
            ) =>
        {
            discard(session, made)?;
            Err(error)
        }
        checked => checked,
    }
}

pub(super) fn unusable(complaint: &'static str) -> Error {
    Error::new(ErrorKind::NotSupported, complaint)
}

/// Destroys objects that were just made.
pub(crate) fn discard(session: &PooledSession, handles: &[ObjectHandle]) -> Result<()> {
    for &handle in handles {
        session.change(Function::DestroyObject, |session| {
            session.destroy_object(handle)
        })?;
    }
    Ok(())
}
