//! Owns key pairs as a token makes them: nothing about them has been looked at, so that what is wrong can be told.

use cryptoki::context::Function;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectHandle};

use crate::config::TemplateChange;
use crate::ec::Curve;
use crate::error::{CkrClass, Error, ErrorKind, Result};
use crate::op::NewKey;
use crate::op::objects::{discard, generate_pair, wanted};
use crate::op::template::{self, Lifetime, Style};
use crate::token::{Form, KeyClass, PooledSession, TemplateKind, require_own};

/// A key pair that was made, and how the token wanted to be asked for it.
pub(crate) struct RawPair {
    pub(crate) public: ObjectHandle,
    pub(crate) private: ObjectHandle,
    pub(crate) way: Way,
    /// How the token refused the standard template, if it did.
    pub(crate) refusal: Option<Error>,
}

/// How a token wants to be asked for a key pair.
#[derive(Clone, Default)]
pub(crate) struct Way {
    /// The number of the form in which the curve is named.
    pub(crate) params: usize,
    /// The changes to the standard template.
    pub(crate) changes: Vec<TemplateChange>,
}

/// Makes a key pair, with the standard template or as the provider finds that the token wants it, lets
/// `look` have it, and removes it.
///
/// # Errors
///
/// The refusal of the standard template if the token makes no such pair; those of `look`.
pub(crate) fn with_raw_pair<T>(
    session: &PooledSession,
    key: &NewKey,
    lifetime: Lifetime,
    look: impl FnOnce(&RawPair) -> Result<T>,
) -> Result<T> {
    let pair = generate(session, key, lifetime)?;
    let looked = look(&pair);
    let discarded = discard(session, &[pair.private, pair.public]);
    let looked = looked?;
    discarded.map(|()| looked)
}

/// Makes a pair in one way, after `edit` changed both templates, the public one first.
///
/// # Errors
///
/// What the token returned; [`ErrorKind::HandleClash`] if the handles are not those of the pair.
pub(crate) fn generate_in(
    session: &PooledSession,
    key: &NewKey,
    lifetime: Lifetime,
    way: &Way,
    edit: impl FnOnce(&mut Vec<Attribute>, &mut Vec<Attribute>),
) -> Result<(ObjectHandle, ObjectHandle)> {
    let params = key.curve.ec_params_forms();
    let style = Style {
        params: params.get(way.params).map_or(&[], Vec::as_slice),
        changes: &way.changes,
    };
    let mut public = template::generated_public(key, lifetime, style);
    let mut private = template::generated_private(key, lifetime, style);
    edit(&mut public, &mut private);
    let made = session.change(Function::GenerateKeyPair, |session| {
        session.generate_key_pair(&mechanism(key.curve), &public, &private)
    })?;
    require_own(session, made.0, key.id, KeyClass::Public)?;
    require_own(session, made.1, key.id, KeyClass::Private)?;
    Ok(made)
}

/// The mechanism that makes the keys of a curve.
pub(crate) fn mechanism(curve: Curve) -> Mechanism<'static> {
    match curve.is_montgomery() {
        true => Mechanism::EccMontgomeryKeyPairGen,
        false => Mechanism::EccKeyPairGen,
    }
}

/// The lifetime of objects that are of no use for longer, once the token has made some: that of a session, or that
/// of the token where it makes no others.
pub(crate) fn trial_lifetime(session: &PooledSession) -> Lifetime {
    match session.quirks().form(Form::TrialObjects) {
        0 => Lifetime::Session,
        _ => Lifetime::Token,
    }
}

/// The way in which the token wanted to be asked for such a pair, once it has made one.
pub(crate) fn known_way(session: &PooledSession, key: &NewKey, lifetime: Lifetime) -> Way {
    let wanted = wanted(key, TemplateKind::KeyPair, lifetime);
    Way {
        params: session.quirks().form(Form::Params(key.curve)),
        changes: session.quirks().changes(&wanted).changes,
    }
}

/// Whether the token may have refused what it lacks, or does not want in this form.
pub(crate) fn is_refusal(error: &Error) -> bool {
    error.is_vague() || error.kind() == ErrorKind::NotSupported
}

/// Whether the token refused to do something that it may refuse, in whatever words: it has not failed if it
/// answers to a search.
pub(crate) fn is_any_refusal(session: &PooledSession, error: &Error) -> bool {
    match error.ckr_class() {
        Some(CkrClass::Call) => true,
        Some(CkrClass::Device) => session.answers(),
        _ => error.kind() == ErrorKind::NotSupported,
    }
}

/// Some tokens refuse what they lack in words that tell of failures: a token that answers to a search still has
/// not failed.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] then; else that of `attempt`.
pub(crate) fn or_lacks<T>(session: &PooledSession, attempt: Result<T>) -> Result<T> {
    attempt.map_err(|error| match error.is_vague() && session.answers() {
        true => error.with_kind(ErrorKind::NotSupported),
        false => error,
    })
}

fn generate(session: &PooledSession, key: &NewKey, lifetime: Lifetime) -> Result<RawPair> {
    let attempt = |way: &Way| generate_in(session, key, lifetime, way, |_, _| {});
    let standard = Way::default();
    let refusal = match attempt(&standard) {
        Ok((public, private)) => {
            return Ok(RawPair {
                public,
                private,
                way: standard,
                refusal: None,
            });
        }
        Err(error) if is_refusal(&error) => error,
        Err(error) => return Err(error),
    };
    let made_something_else = searched(session, key, lifetime)?;
    for way in ways(session, key, lifetime) {
        match attempt(&way) {
            Ok((public, private)) => {
                return Ok(RawPair {
                    public,
                    private,
                    way,
                    refusal: Some(refusal),
                });
            }
            Err(error) if is_refusal(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Err(match made_something_else {
        Some(error) => error,
        None => refusal
            .with_kind(ErrorKind::NotSupported)
            .context(format_args!("the token makes no {} key pair", key.curve)),
    })
}

/// Lets the provider search for what the token wants, and returns why it refuses what it got, if it got something.
fn searched(session: &PooledSession, key: &NewKey, lifetime: Lifetime) -> Result<Option<Error>> {
    match or_lacks(session, generate_pair(session, key, lifetime)) {
        Ok(pair) => discard(session, &[pair.private, pair.public]).map(|()| None),
        Err(error) if error.kind() == ErrorKind::NotSupported => {
            Ok(Some(error).filter(|error| error.ckr().is_none()))
        }
        Err(error) => Err(error),
    }
}

/// The ways in which the provider would ask for such a pair now that it has searched for them, the likely one first.
///
/// A pair that the provider refuses, because its public key cannot be read for example, leaves what was learnt
/// from others.
fn ways(session: &PooledSession, key: &NewKey, lifetime: Lifetime) -> impl Iterator<Item = Way> {
    let likely = known_way(session, key, lifetime);
    let others = (0..key.curve.ec_params_forms().len()).filter({
        let first = likely.params;
        move |number| *number != first
    });
    let changes = likely.changes.clone();
    [likely].into_iter().chain(others.map(move |params| Way {
        params,
        changes: changes.clone(),
    }))
}
