//! Owns what the token can do, found out by asking its mechanisms and by trying.
//!
//! The key sizes in `CK_MECHANISM_INFO` are wrong on many tokens, so a curve is tried, once per token and
//! start; what a quirk profile says is not tried.

use cryptoki::mechanism::MechanismType;
use log::warn;

use crate::config::Ability;
use crate::ec::{Curve, Hash, software};
use crate::error::{Error, ErrorKind, Result};
use crate::token::{KeyUsage, PooledSession, Token, find_with_id};

use super::objects::Pair;
use super::sign::{hashing_mechanism, lacks_mechanism, refuse_montgomery};
use super::template::NewKey;
use super::{destroy, trial};

/// What is to be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signable {
    /// A digest, which only `CKM_ECDSA` takes.
    Digest,
    /// A message with this hash, which a mechanism that hashes takes as well.
    Message(Hash),
}

/// Whether the token makes key pairs on `curve`.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] if it does not; another kind if it could not be asked.
pub fn can_generate(token: &Token, curve: Curve) -> Result<()> {
    let mechanism = match curve.is_montgomery() {
        true => MechanismType::ECC_MONTGOMERY_KEY_PAIR_GEN,
        false => MechanismType::ECC_KEY_PAIR_GEN,
    };
    token.permit(Ability::Generate, curve)?;
    token.repeat(|session| session.require_mechanism(mechanism))?;
    tried(token, Ability::Generate, curve, trial::generating)
}

/// Whether the token takes public keys of `curve`.
///
/// # Errors
///
/// As those of [`can_generate`].
pub fn can_import_public(token: &Token, curve: Curve) -> Result<()> {
    can_store(token, Ability::ImportPublic, curve)?;
    software::require(curve)?;
    tried(token, Ability::ImportPublic, curve, trial::importing_public)
}

/// Whether the token takes key pairs of `curve`.
///
/// # Errors
///
/// As those of [`can_generate`].
pub fn can_import_pair(token: &Token, curve: Curve) -> Result<()> {
    can_store(token, Ability::ImportPair, curve)?;
    software::require(curve)?;
    if let Some(known) = token.known(Ability::ImportPair, curve) {
        return known;
    }
    can_import_public(token, curve)?;
    tried(token, Ability::ImportPair, curve, trial::importing_pair)
}

/// Whether the token knows the curve of a key that is to be stored: it does if it makes keys on it.
///
/// # Errors
///
/// As those of [`can_generate`].
pub(super) fn can_store(token: &Token, ability: Ability, curve: Curve) -> Result<()> {
    token.permit(ability, curve)?;
    match token.known(ability, curve) {
        Some(Ok(())) => Ok(()),
        _ => can_generate(token, curve).map_err(|error| {
            error.context("keys are imported only on curves on which the token makes keys")
        }),
    }
}

/// Whether the token shows the scalars of key pairs on `curve` that may be exported.
///
/// # Errors
///
/// As those of [`can_generate`].
pub fn can_export(token: &Token, curve: Curve) -> Result<()> {
    token.permit(Ability::Export, curve)?;
    tried(token, Ability::Export, curve, trial::exporting)
}

/// Whether the token makes ECDSA signatures on `curve`, and right ones.
///
/// # Errors
///
/// As those of [`can_generate`].
pub fn can_sign(token: &Token, curve: Curve, signable: Signable) -> Result<()> {
    refuse_montgomery(curve).map_err(|error| error.with_kind(ErrorKind::NotSupported))?;
    token.permit(Ability::Sign, curve)?;
    let lacking = match token.repeat(|session| session.require_mechanism(MechanismType::ECDSA)) {
        Ok(()) => {
            return tried_with_pair(token, Ability::Sign, curve, trial::signing);
        }
        Err(lacking) if lacks_mechanism(&lacking) => lacking,
        Err(error) => return Err(error),
    };
    match signable {
        Signable::Digest => Err(lacking),
        Signable::Message(hash) => {
            let mechanism = hashing_mechanism(hash)?.mechanism_type();
            token.repeat(|session| session.require_mechanism(mechanism))
        }
    }
}

/// Whether ECDSA signatures on `curve` can be verified, by the token or in software.
///
/// # Errors
///
/// As those of [`can_generate`].
pub fn can_verify(token: &Token, curve: Curve) -> Result<()> {
    refuse_montgomery(curve).map_err(|error| error.with_kind(ErrorKind::NotSupported))?;
    let on_token = token
        .permit(Ability::Verify, curve)
        .and_then(|()| token.repeat(|session| session.require_mechanism(MechanismType::ECDSA)))
        .and_then(|()| tried_with_pair(token, Ability::Verify, curve, trial::verifying));
    match on_token {
        Err(error) if error.kind() == ErrorKind::NotSupported => {
            software::require(curve).map_err(|_| error)
        }
        outcome => outcome,
    }
}

/// Whether the token agrees keys on `curve`, and computes the right secrets.
///
/// # Errors
///
/// As those of [`can_generate`].
pub fn can_agree(token: &Token, curve: Curve) -> Result<()> {
    token.permit(Ability::Agree, curve)?;
    if !curve.is_montgomery() {
        // For the check of the peer's point, whatever a profile vouches for.
        software::require(curve)?;
    }
    token.repeat(|session| session.require_mechanism(MechanismType::ECDH1_DERIVE))?;
    tried_with_pair(token, Ability::Agree, curve, trial::agreeing)
}

/// Refuses a key that may be exported where the profile says that none can.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] then.
pub(super) fn permit_export(token: &Token, key: &NewKey) -> Result<()> {
    match key.usage.export {
        true => token.permit(Ability::Export, key.curve),
        false => Ok(()),
    }
}

/// What a token that refuses a new key cannot do: to make one that may be exported is an ability of its own.
pub(super) fn of_new_key(ability: Ability, usage: KeyUsage) -> Ability {
    match usage.export {
        true => Ability::Export,
        false => ability,
    }
}

/// The better of `error` and the reason why the token cannot do it at all.
///
/// An operation asks this after it failed; it must not hold a session.
pub(super) fn explain(
    token: &Token,
    error: Error,
    ability: Ability,
    curve: Curve,
    verdict: impl FnOnce() -> Result<()>,
) -> Error {
    if error.kind() == ErrorKind::NotSupported {
        token.contradict(ability, curve, &error);
    }
    if !error.is_vague() {
        return error;
    }
    let claimed = token.set_claim_aside(ability, curve);
    match verdict() {
        Err(reason) if reason.kind() == ErrorKind::NotSupported => {
            if claimed {
                token.report_wrong_claim(ability, curve, &reason);
            }
            reason
        }
        _ => error,
    }
}

fn tried(
    token: &Token,
    ability: Ability,
    curve: Curve,
    trial: fn(&PooledSession, &NewKey) -> Result<()>,
) -> Result<()> {
    on_trial(token, ability, curve, |session, key| {
        token.learn(ability, curve, || trial(session, key))
    })
}

/// What is tried with a key pair is decided only once there is one: that none can be made for the trial
/// says nothing about keys that exist.
fn tried_with_pair(
    token: &Token,
    ability: Ability,
    curve: Curve,
    trial: fn(&PooledSession, &Pair) -> Result<()>,
) -> Result<()> {
    on_trial(token, ability, curve, |session, key| {
        trial::with_pair(session, key, |pair| {
            token.learn(ability, curve, || trial(session, pair))
        })
    })
}

/// Runs a trial with a key of its own, unless its outcome is known; what it leaves on the token is removed.
fn on_trial(
    token: &Token,
    ability: Ability,
    curve: Curve,
    run: impl Fn(&PooledSession, &NewKey) -> Result<()>,
) -> Result<()> {
    if let Some(known) = token.known(ability, curve) {
        return known;
    }
    let key = trial::new_key(token, curve, ability == Ability::Export)?;
    let outcome = token.destroying(|| token.repeat(|session| run(session, &key)));
    // Also where it worked at last: a try before may have left something.
    let left = token.repeat(|session| find_with_id(session, key.id));
    if left.map_or(true, |left| !left.is_empty()) {
        if let Err(error) = destroy::unfinished(token, key.id, &key.label) {
            warn!(
                "What a trial left on the token, with CKA_ID {}, cannot be removed now: {error}",
                key.id
            );
        }
    }
    outcome
}
