//! Owns the keys that are given to a token byte by byte, whatever the bytes are.

use cryptoki::context::Function;
use cryptoki::object::{Attribute, ObjectHandle};

use crate::error::Result;
use crate::op::NewKey;
use crate::op::objects::wanted;
use crate::op::template::{self, Lifetime, Style};
use crate::token::{Form, KeyClass, PooledSession, TemplateKind, require_own};

/// Makes a public key object with this `CKA_EC_POINT`, in a template as the token took it before.
///
/// # Errors
///
/// What the token returned.
pub(crate) fn create_public(
    session: &PooledSession,
    key: &NewKey,
    ec_point: &[u8],
    lifetime: Lifetime,
) -> Result<ObjectHandle> {
    create(session, key, KeyClass::Public, lifetime, |style| {
        template::imported_public(key, ec_point, lifetime, style)
    })
}

/// Makes a private key object with this `CKA_VALUE`, in a template as the token took it before.
///
/// # Errors
///
/// What the token returned.
pub(crate) fn create_private(
    session: &PooledSession,
    key: &NewKey,
    value: &[u8],
    lifetime: Lifetime,
) -> Result<ObjectHandle> {
    create(session, key, KeyClass::Private, lifetime, |style| {
        template::imported_private(key, value, lifetime, style)
    })
}

fn create(
    session: &PooledSession,
    key: &NewKey,
    class: KeyClass,
    lifetime: Lifetime,
    template: impl FnOnce(Style) -> Vec<Attribute>,
) -> Result<ObjectHandle> {
    let kind = match class {
        KeyClass::Public => TemplateKind::PublicKey,
        KeyClass::Private => TemplateKind::PrivateKey,
    };
    let changes = session
        .quirks()
        .changes(&wanted(key, kind, lifetime))
        .changes;
    let params = key.curve.ec_params_forms();
    let number = session.quirks().form(Form::Params(key.curve));
    let mut template = template(Style {
        params: params.get(number).map_or(&[], Vec::as_slice),
        changes: &changes,
    });
    let created = session.change(Function::CreateObject, |session| {
        session.create_object(&template)
    });
    template::wipe(&mut template);
    let created = created?;
    require_own(session, created, key.id, class)?;
    Ok(created)
}
