//! Owns the cases about keys that are not for what they are used for, and keys that are gone.

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{AttributeType, ObjectHandle};

use super::mechanisms::derive;
use super::{CURVE, case};
use crate::check::case::Case;
use crate::check::outcome::Verdict;
use crate::check::refusal::Refusal;
use crate::check::subject::{Bench, Subject};
use crate::ec::{Hash, PrivateKey};
use crate::error::{Error, ErrorKind, Result};
use crate::op::KeyUsage;
use crate::op::objects::{Pair, discard};
use crate::op::trial;
use crate::op::trial::ALL_USES;
use crate::token::{Form, PooledSession};

const SIGN_INIT: &str = "PKCS#11 3.0, sections 5.1.6 and 5.13.1";

/// The key is of no use for the call, whichever way one looks at it.
const WRONG_KEY: &[RvError] = &[
    RvError::KeyTypeInconsistent,
    RvError::KeyFunctionNotPermitted,
    RvError::KeyHandleInvalid,
];

const GONE: &[RvError] = &[RvError::KeyHandleInvalid, RvError::ObjectHandleInvalid];

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "errors.sign-not-permitted",
            "a key with CKA_SIGN = false does not sign: CKR_KEY_FUNCTION_NOT_PERMITTED",
            "PKCS#11 3.0, sections 4.9 and 5.13.1",
            sign_not_permitted,
        ),
        case(
            "errors.derive-not-permitted",
            "a key with CKA_DERIVE = false does not derive: CKR_KEY_FUNCTION_NOT_PERMITTED",
            "PKCS#11 3.0, sections 4.9 and 5.18.5",
            derive_not_permitted,
        ),
        case(
            "errors.sign-with-destroyed",
            "a destroyed key does not sign: CKR_KEY_HANDLE_INVALID",
            SIGN_INIT,
            sign_with_destroyed,
        ),
        case(
            "errors.destroyed-handle",
            "the handle of a destroyed object is answered by CKR_OBJECT_HANDLE_INVALID",
            "PKCS#11 3.0, sections 5.1.6 and 5.7.5",
            destroyed_handle,
        ),
        case(
            "errors.destroyed-twice",
            "a second C_DestroyObject is answered by CKR_OBJECT_HANDLE_INVALID",
            "PKCS#11 3.0, section 5.7.3",
            destroyed_twice,
        ),
    ]
}

/// The last cases of the suite: a software TPM behind tpm2-pkcs11 fails for good once it was asked to sign by a
/// public key.
pub(super) fn last_cases() -> Vec<Case> {
    vec![
        case(
            "errors.sign-with-public",
            "a public key does not sign: CKR_KEY_TYPE_INCONSISTENT or CKR_KEY_FUNCTION_NOT_PERMITTED",
            SIGN_INIT,
            sign_with_public,
        ),
        case(
            "errors.verify-with-private",
            "a private key does not verify: CKR_KEY_TYPE_INCONSISTENT or CKR_KEY_FUNCTION_NOT_PERMITTED",
            "PKCS#11 3.0, sections 5.1.6 and 5.15.1",
            verify_with_private,
        ),
    ]
}

fn sign(session: &PooledSession, key: ObjectHandle) -> Result<Vec<u8>> {
    let digest = Hash::Sha256.digest(b"a message");
    session.call(Function::SignInit, |session| {
        session.sign(&Mechanism::Ecdsa, key, &digest)
    })
}

/// A pair that goes with the session: one of a token that does not survive the case would stay there.
fn passing_pair(subject: &mut Subject) -> Result<(&PooledSession, &Pair)> {
    let (session, pair) = subject.bench()?.pair(CURVE)?;
    match session.quirks().form(Form::TrialObjects) {
        0 => Ok((session, pair)),
        _ => Err(Error::new(
            ErrorKind::NotSupported,
            "the token has no session objects; others are not misused so, as one that fails would keep them",
        )),
    }
}

fn sign_with_public(subject: &mut Subject) -> Result<Verdict> {
    let (session, pair) = passing_pair(subject)?;
    let refusal = Refusal {
        call: "C_SignInit",
        named: WRONG_KEY,
    };
    refusal.judge(sign(session, pair.public))
}

fn verify_with_private(subject: &mut Subject) -> Result<Verdict> {
    let (session, pair) = passing_pair(subject)?;
    let digest = Hash::Sha256.digest(b"a message");
    let signature = sign(session, pair.private)?;
    let refusal = Refusal {
        call: "C_VerifyInit",
        named: WRONG_KEY,
    };
    refusal.judge(session.call(Function::VerifyInit, |session| {
        session.verify(&Mechanism::Ecdsa, pair.private, &digest, &signature)
    }))
}

fn sign_not_permitted(subject: &mut Subject) -> Result<Verdict> {
    let usage = KeyUsage {
        sign: false,
        verify: false,
        ..ALL_USES
    };
    let refusal = Refusal {
        call: "C_SignInit",
        named: &[RvError::KeyFunctionNotPermitted],
    };
    with_pair(subject.bench()?, usage, |session, pair| {
        refusal.judge(sign(session, pair.private))
    })
}

fn derive_not_permitted(subject: &mut Subject) -> Result<Verdict> {
    let usage = KeyUsage {
        derive: false,
        ..ALL_USES
    };
    let refusal = Refusal {
        call: "C_DeriveKey",
        named: &[RvError::KeyFunctionNotPermitted],
    };
    let peer = PrivateKey::random(CURVE)?.public_key()?;
    let bench = subject.bench()?;
    bench
        .session()
        .require_mechanism(MechanismType::ECDH1_DERIVE)?;
    with_pair(bench, usage, |session, pair| {
        refusal.judge(derive(session, pair.private, peer.as_bytes()))
    })
}

fn with_pair(
    bench: &Bench,
    usage: KeyUsage,
    look: impl FnOnce(&PooledSession, &Pair) -> Result<Verdict>,
) -> Result<Verdict> {
    let session = bench.session();
    let pair = trial::generated(session, &bench.new_key(CURVE, usage)?)?;
    let verdict = look(session, &pair);
    discard(session, &[pair.private, pair.public])?;
    verdict
}

/// A key pair of which nothing is left but the handles.
fn destroyed(bench: &Bench) -> Result<Pair> {
    let session = bench.session();
    let pair = trial::generated(session, &bench.new_key(CURVE, ALL_USES)?)?;
    discard(session, &[pair.private, pair.public])?;
    Ok(pair)
}

fn sign_with_destroyed(subject: &mut Subject) -> Result<Verdict> {
    let bench = subject.bench()?;
    let pair = destroyed(bench)?;
    let refusal = Refusal {
        call: "C_SignInit",
        named: GONE,
    };
    refusal.judge(sign(bench.session(), pair.private))
}

fn destroyed_handle(subject: &mut Subject) -> Result<Verdict> {
    let bench = subject.bench()?;
    let pair = destroyed(bench)?;
    let refusal = Refusal {
        call: "C_GetAttributeValue",
        named: &[RvError::ObjectHandleInvalid],
    };
    refusal.judge(
        bench
            .session()
            .look(Function::GetAttributeValue, |session| {
                session.get_attributes(pair.public, &[AttributeType::Class])
            }),
    )
}

fn destroyed_twice(subject: &mut Subject) -> Result<Verdict> {
    let bench = subject.bench()?;
    let pair = destroyed(bench)?;
    let refusal = Refusal {
        call: "C_DestroyObject",
        named: &[RvError::ObjectHandleInvalid],
    };
    refusal.judge(discard(bench.session(), &[pair.public]))
}
