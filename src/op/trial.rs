//! Owns the trials: what a token can do on a curve, tried with session objects, which leave no trace, or
//! with token objects that are removed at once, where a token has no others.

use cryptoki::object::ObjectHandle;
use log::warn;

use crate::ec::{Curve, PrivateKey, PublicKey, Signature, software};
use crate::error::{CkrClass, Error, ErrorKind, Result};
use crate::token::{Form, KeyUsage, PooledSession, Token};

use super::adaptation::in_some_form;
use super::objects::{Pair, create_private, create_public, discard, generate_pair};
use super::template::{Lifetime, NewKey};
use super::{agree, export, sign, verify};

/// Signed and verified in trials: as long as a SHA-256 digest.
const DIGEST: [u8; 32] = [0x5a; 32];

/// The usage of the keys for trials: every one but export.
pub(crate) const ALL_USES: KeyUsage = KeyUsage {
    sign: true,
    verify: true,
    derive: true,
    export: false,
};

/// A key for a trial; `export` if it is to be exported.
///
/// It bears the label of this installation, so that what a trial leaves when it is interrupted is found.
pub(super) fn new_key(token: &Token, curve: Curve, export: bool) -> Result<NewKey> {
    let usage = KeyUsage { export, ..ALL_USES };
    NewKey::random(
        &token.config().instance,
        curve,
        usage,
        Some("probe".to_owned()),
    )
}

/// Makes a key pair.
pub(super) fn generating(session: &PooledSession, key: &NewKey) -> Result<()> {
    let pair = generated(session, key)?;
    discard(session, &[pair.private, pair.public])
}

/// Stores a public key.
pub(super) fn importing_public(session: &PooledSession, key: &NewKey) -> Result<()> {
    let point = PrivateKey::random(key.curve)?.public_key()?;
    let public = trial_objects(session, |lifetime| {
        create_public(session, key, &point, lifetime)
    })?;
    discard(session, &[public])
}

/// Stores a key pair and uses it.
pub(super) fn importing_pair(session: &PooledSession, key: &NewKey) -> Result<()> {
    let scalar = PrivateKey::random(key.curve)?;
    let point = scalar.public_key()?;
    let private = trial_objects(session, |lifetime| {
        create_private(session, key, &scalar, lifetime)
    })?;
    let used = using_imported(session, key, private, &point);
    discard(session, &[private])?;
    used
}

/// Makes a key pair that may be exported, and reads its scalar.
pub(super) fn exporting(session: &PooledSession, key: &NewKey) -> Result<()> {
    let pair = generated(session, key)?;
    let exported = export::read_private(session, key.curve, pair.private)
        .and_then(|scalar| export::require_match(&scalar, &pair.point))
        .map_err(|error| wrong(error, key.curve, "does not let key pairs out"));
    discard(session, &[pair.private, pair.public])?;
    exported
}

/// Signs, and looks whether the signature is right.
pub(super) fn signing(session: &PooledSession, pair: &Pair) -> Result<()> {
    let curve = pair.point.curve();
    sign::sign_with(session, curve, pair.private, &DIGEST)
        .and_then(|signature| match software::require(curve) {
            Ok(()) => software::verify(&pair.point, &DIGEST, &signature),
            Err(_) => verify::verify_with(session, curve, pair.public, &DIGEST, &signature),
        })
        .map_err(|error| wrong(error, curve, "makes no ECDSA signatures that verify"))
}

/// Verifies a right signature, and one that is not.
pub(super) fn verifying(session: &PooledSession, pair: &Pair) -> Result<()> {
    let curve = pair.point.curve();
    let other = DIGEST.map(|byte| !byte);
    let verify = |digest: &[u8], signature: &Signature| {
        verify::verify_with(session, curve, pair.public, digest, signature)
    };
    sign::sign_with(session, curve, pair.private, &DIGEST)
        .and_then(|signature| {
            verify(&DIGEST, &signature)?;
            match verify(&other, &signature) {
                Ok(()) => Err(Error::new(
                    ErrorKind::CorruptionDetected,
                    "the token accepts the signature over another digest",
                )),
                Err(error) if error.kind() == ErrorKind::InvalidSignature => Ok(()),
                Err(error) => Err(error),
            }
        })
        .map_err(|error| wrong(error, curve, "does not verify ECDSA signatures"))
}

/// Agrees secrets with two software peers.
pub(super) fn agreeing(session: &PooledSession, pair: &Pair) -> Result<()> {
    agree::check(session, pair.point.curve(), pair.private, &pair.point)
}

/// Uses a private key that was just imported: some tokens take one of any curve and refuse it then.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] if the token cannot use it, or computes what its public key denies; what the
/// token returned otherwise.
pub(super) fn using_imported(
    session: &PooledSession,
    key: &NewKey,
    private: ObjectHandle,
    point: &PublicKey,
) -> Result<()> {
    let curve = key.curve;
    let used = if key.usage.sign && !curve.is_montgomery() {
        sign::sign_with(session, curve, private, &DIGEST)
            .and_then(|signature| software::verify(point, &DIGEST, &signature))
    } else if key.usage.derive {
        agree::check_once(session, curve, private, point)
    } else {
        Ok(())
    };
    used.map_err(|error| wrong(error, curve, "took a key pair that it cannot use"))
}

/// Lets `use_it` have a key pair.
pub(super) fn with_pair(
    session: &PooledSession,
    key: &NewKey,
    use_it: impl FnOnce(&Pair) -> Result<()>,
) -> Result<()> {
    let pair = generated(session, key)?;
    let used = use_it(&pair);
    discard(session, &[pair.private, pair.public])?;
    used
}

pub(crate) fn generated(session: &PooledSession, key: &NewKey) -> Result<Pair> {
    let generate = |lifetime| generate_pair(session, key, lifetime);
    match key.usage.export {
        // NSS shows the scalars of session objects only, and those of the token count.
        true => try_twice(session, || generate(Lifetime::Token)),
        false => trial_objects(session, generate),
    }
}

/// What a failed use of a key says about the token: that it cannot do it, unless the error is one that
/// passes.
fn wrong(error: Error, curve: Curve, what: &str) -> Error {
    let passes = matches!(
        error.ckr_class(),
        Some(CkrClass::Device | CkrClass::Session | CkrClass::Login)
    ) || matches!(
        error.kind(),
        ErrorKind::TokenAway | ErrorKind::InsufficientEntropy | ErrorKind::InsufficientStorage
    );
    match error.kind() {
        ErrorKind::NotSupported | ErrorKind::HandleClash => error,
        _ if passes => error,
        _ => {
            let error = error.with_kind(ErrorKind::NotSupported).context(format_args!(
                "the token {what} on {curve}; use another curve, or ask its vendor for a newer firmware"
            ));
            warn!("{error}");
            error
        }
    }
}

/// Makes session objects, or those of the token if it refuses them.
pub(crate) fn trial_objects<T>(
    session: &PooledSession,
    make: impl Fn(Lifetime) -> Result<T>,
) -> Result<T> {
    let first = session.quirks().form(Form::TrialObjects);
    let is_refused = |error: &Error| error.kind() == ErrorKind::NotSupported;
    in_some_form(
        session,
        Form::TrialObjects,
        first,
        2,
        is_refused,
        |number| {
            let lifetime = match number {
                0 => Lifetime::Session,
                _ => Lifetime::Token,
            };
            try_twice(session, || make(lifetime))
        },
    )
}

/// Some tokens refuse a curve that they lack with an error that would also tell of a failure: one
/// that comes twice, while the token answers to something else, is a refusal.
fn try_twice<T>(session: &PooledSession, attempt: impl Fn() -> Result<T>) -> Result<T> {
    match attempt() {
        Err(error) if error.is_vague() => {
            let again = attempt();
            again.map_err(
                |again| match again.ckr() == error.ckr() && session.answers() {
                    true => again.with_kind(ErrorKind::NotSupported),
                    false => again,
                },
            )
        }
        outcome => outcome,
    }
}
