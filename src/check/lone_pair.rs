//! Owns key pairs that are made in a session of the module alone, by the provider's templates but without the
//! provider, which would log in and adapt.

use cryptoki::context::Function;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectHandle};
use cryptoki::session::Session;

use super::alone::Alone;
use crate::ec::Curve;
use crate::error::Result;
use crate::op::NewKey;
use crate::op::template::{Lifetime, Style, generated_private, generated_public};
use crate::op::trial::ALL_USES;
use crate::token::KeyClass;

/// A key on secp256r1 with the label of this run.
pub(crate) fn new_key(alone: &Alone) -> Result<NewKey> {
    NewKey::random(&alone.config().instance, Curve::Secp256r1, ALL_USES, None)
}

/// Makes the pair; gives the public key, then the private one.
///
/// # Errors
///
/// What `C_GenerateKeyPair` returned.
pub(crate) fn generate(
    alone: &Alone,
    session: &Session,
    key: &NewKey,
    lifetime: Lifetime,
) -> Result<(ObjectHandle, ObjectHandle)> {
    let style = Style {
        params: &key.curve.ec_params(),
        changes: &alone.config().profile.template,
    };
    let public = generated_public(key, lifetime, style);
    let private = generated_private(key, lifetime, style);
    alone.call(Function::GenerateKeyPair, |_| {
        session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)
    })
}

/// The objects of the key that the session shows; all classes without one.
///
/// # Errors
///
/// What finding them returned.
pub(crate) fn find(
    alone: &Alone,
    session: &Session,
    key: &NewKey,
    class: Option<KeyClass>,
) -> Result<Vec<ObjectHandle>> {
    let mut template = vec![Attribute::Id(key.id.to_bytes().to_vec())];
    template.extend(class.map(KeyClass::attribute));
    alone.call(Function::FindObjects, |_| session.find_objects(&template))
}

/// Removes the objects of the key that the session shows.
///
/// # Errors
///
/// What finding or destroying them returned.
pub(crate) fn destroy(alone: &Alone, session: &Session, key: &NewKey) -> Result<()> {
    for class in [KeyClass::Private, KeyClass::Public] {
        for handle in find(alone, session, key, Some(class))? {
            alone.call(Function::DestroyObject, |_| session.destroy_object(handle))?;
        }
    }
    Ok(())
}
