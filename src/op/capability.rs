//! Owns what the token can do, found out by asking its mechanisms and by trying.
//!
//! The key sizes in `CK_MECHANISM_INFO` are wrong on many tokens, so a curve is tried with session
//! objects, which leave no trace: once per token, curve and start.

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::mechanism::MechanismType;

use crate::config::Instance;
use crate::ec::{Curve, PrivateKey};
use crate::error::{Error, ErrorKind, Result};
use crate::token::{Fact, KeyClass, KeyId, KeyRef, Label, PooledSession, Token};

use super::objects::{create_private, create_public, discard, generate_pair};
use super::template::{KeyUsage, Lifetime, NewKey};

/// Whether the token makes key pairs on `curve`.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] if it does not; another kind if it could not be asked.
pub fn can_generate(token: &Token, curve: Curve) -> Result<()> {
    token.repeat(|session| session.require_mechanism(MechanismType::ECC_KEY_PAIR_GEN))?;
    token.repeat(|session| {
        token.learn(Fact::Generates, curve, || {
            let key = probe(curve)?;
            let (public, private) =
                try_twice(session, || generate_pair(session, &key, Lifetime::Session))?;
            discard(session, &[private, public])
        })
    })
}

/// Whether the token takes public keys of `curve`.
///
/// # Errors
///
/// As those of [`can_generate`].
pub fn can_import_public(token: &Token, curve: Curve) -> Result<()> {
    token.repeat(|session| {
        token.learn(Fact::ImportsPublic, curve, || {
            let key = probe(curve)?;
            let point = probe_scalar(curve)?.public_key()?;
            let public = try_twice(session, || {
                create_public(session, &key, &point, Lifetime::Session)
            })?;
            discard(session, &[public])
        })
    })
}

/// Whether the token takes key pairs of `curve`.
///
/// # Errors
///
/// As those of [`can_generate`].
pub fn can_import_pair(token: &Token, curve: Curve) -> Result<()> {
    can_import_public(token, curve)?;
    token.repeat(|session| {
        token.learn(Fact::ImportsPairs, curve, || {
            let key = probe(curve)?;
            let scalar = probe_scalar(curve)?;
            let private = try_twice(session, || {
                create_private(session, &key, &scalar, Lifetime::Session)
            })?;
            discard(session, &[private])
        })
    })
}

/// Whether the token makes and checks ECDSA signatures.
///
/// # Errors
///
/// As those of [`can_generate`].
pub fn can_sign(token: &Token) -> Result<()> {
    token.repeat(|session| session.require_mechanism(MechanismType::ECDSA))
}

/// Whether the token agrees keys on `curve`, and computes the right secrets.
///
/// # Errors
///
/// As those of [`can_generate`].
pub fn can_agree(token: &Token, curve: Curve) -> Result<()> {
    token.repeat(|session| session.require_mechanism(MechanismType::ECDH1_DERIVE))?;
    token.repeat(|session| {
        if let Some(known) = token.known(Fact::AgreesCorrectly, curve) {
            return known;
        }
        // That the probe cannot be made says nothing about keys that exist.
        let key = probe(curve)?;
        let (public, private) = generate_pair(session, &key, Lifetime::Session)?;
        let checked = token.learn(Fact::AgreesCorrectly, curve, || {
            check_agreement(session, &key)
        });
        discard(session, &[private, public])?;
        checked
    })
}

/// The better of `error` and the reason why the token cannot do it at all.
///
/// An operation asks this after an error that says nothing; it must not hold a session.
pub(super) fn explain(error: Error, verdict: impl FnOnce() -> Result<()>) -> Error {
    if !is_vague(&error) {
        return error;
    }
    match verdict() {
        Err(reason) if reason.kind() == ErrorKind::NotSupported => reason,
        _ => error,
    }
}

/// Some tokens refuse a curve that they lack with an error that would also tell of a failure: one
/// that comes twice, while the token answers to something else, is a refusal.
fn try_twice<T>(session: &PooledSession, attempt: impl Fn() -> Result<T>) -> Result<T> {
    match attempt() {
        Err(error) if is_vague(&error) => {
            let again = attempt();
            let is_alive = || {
                session
                    .call(Function::GenerateRandom, |session| {
                        session.generate_random_slice(&mut [0])
                    })
                    .is_ok()
            };
            again.map_err(|again| match again.ckr() == error.ckr() && is_alive() {
                true => again.with_kind(ErrorKind::NotSupported),
                false => again,
            })
        }
        outcome => outcome,
    }
}

fn is_vague(error: &Error) -> bool {
    matches!(
        error.ckr(),
        Some(RvError::ArgumentsBad | RvError::FunctionFailed | RvError::GeneralError)
    )
}

fn check_agreement(session: &PooledSession, key: &NewKey) -> Result<()> {
    let key = KeyRef {
        id: key.id,
        curve: Some(key.curve),
    };
    session.with_key(key, KeyClass::Private, |object| {
        super::agree::check(session, key, object)
    })
}

fn probe(curve: Curve) -> Result<NewKey> {
    let id = KeyId::random()?;
    Ok(NewKey {
        id,
        curve,
        usage: KeyUsage {
            sign: true,
            verify: true,
            derive: true,
            export: false,
        },
        label: Label::new(&Instance::Unknown, id, Some("probe".to_owned())),
    })
}

/// The scalar 1: its public key is the generator, and it is no secret.
fn probe_scalar(curve: Curve) -> Result<PrivateKey> {
    let mut scalar = vec![0; curve.private_len()];
    if let Some(last) = scalar.last_mut() {
        *last = 1;
    }
    PrivateKey::from_bytes(curve, &scalar)
}
