//! Owns the cases about mechanisms that are not for the call or the key, and about their parameters.

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::mechanism::elliptic_curve::{EcKdf, Ecdh1DeriveParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::ObjectHandle;

use super::{CURVE, case};
use crate::check::case::Case;
use crate::check::outcome::Verdict;
use crate::check::refusal::Refusal;
use crate::check::subject::Subject;
use crate::ec::{Hash, PrivateKey};
use crate::error::{ErrorKind, Result};
use crate::op::template::secret;
use crate::token::PooledSession;

const SIGN_INIT: &str = "PKCS#11 3.0, sections 5.1.6 and 5.13.1";
const DERIVE: &str = "PKCS#11 3.0, section 5.1.6; current mechanisms, section 2.3.17";

/// Makes a point another one.
type Change = fn(&mut Vec<u8>);

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        case(
            "errors.mechanism-not-for-call",
            "a digest mechanism does not sign: CKR_MECHANISM_INVALID",
            SIGN_INIT,
            |subject| {
                let named = &[RvError::MechanismInvalid];
                sign(subject, &Mechanism::Sha256, named)
            },
        ),
        case(
            "errors.mechanism-not-for-key",
            "an RSA mechanism does not sign by an EC key: CKR_KEY_TYPE_INCONSISTENT",
            SIGN_INIT,
            |subject| {
                // A token without RSA does not know the mechanism.
                let named = &[RvError::KeyTypeInconsistent, RvError::MechanismInvalid];
                sign(subject, &Mechanism::RsaPkcs, named)
            },
        ),
    ];
    let malformed: [(&str, &str, Change); 3] = [
        ("cut", "cut", |point| {
            point.pop();
        }),
        ("empty", "empty", Vec::clear),
        ("bad-form", "of an unknown form", |point| {
            if let Some(form) = point.first_mut() {
                *form = 0x09;
            }
        }),
    ];
    cases.extend(malformed.map(|(name, what, change)| {
        case(
            format!("errors.peer-{name}"),
            format!("a peer's point that is {what} is answered by CKR_MECHANISM_PARAM_INVALID"),
            DERIVE,
            move |subject| malformed_peer(subject, change),
        )
    }));
    cases
}

fn sign(
    subject: &mut Subject,
    mechanism: &Mechanism,
    named: &'static [RvError],
) -> Result<Verdict> {
    let (session, pair) = subject.bench()?.pair(CURVE)?;
    let digest = Hash::Sha256.digest(b"a message");
    let refusal = Refusal {
        call: "C_SignInit",
        named,
    };
    refusal.judge(session.call(Function::SignInit, |session| {
        session.sign(mechanism, pair.private, &digest)
    }))
}

fn malformed_peer(subject: &mut Subject, change: Change) -> Result<Verdict> {
    let (session, pair) = subject.bench()?.pair(CURVE)?;
    session.require_mechanism(MechanismType::ECDH1_DERIVE)?;
    let right = PrivateKey::random(CURVE)?.public_key()?;
    // A token that derives nothing refuses everything, which says nothing about points.
    derive(session, pair.private, right.as_bytes())
        .or_else(|_| derive(session, pair.private, &right.to_ec_point()))
        .map_err(|error| error.with_kind(ErrorKind::NotSupported))?;
    let mut point = right.as_bytes().to_vec();
    change(&mut point);
    let refusal = Refusal {
        call: "C_DeriveKey",
        named: &[RvError::MechanismParamInvalid, RvError::PublicKeyInvalid],
    };
    refusal.judge(derive(session, pair.private, &point))
}

/// Derives a secret and removes it; it is not read.
pub(super) fn derive(session: &PooledSession, private: ObjectHandle, point: &[u8]) -> Result<()> {
    let parameters = Ecdh1DeriveParams::new(EcKdf::null(), point);
    let template = secret(CURVE.field_len(), &[]);
    let derived = session.call(Function::DeriveKey, |session| {
        session.derive_key(&Mechanism::Ecdh1Derive(parameters), private, &template)
    })?;
    // A secret that cannot be removed goes with the session.
    let _ = session.call(Function::DestroyObject, |session| {
        session.destroy_object(derived)
    });
    Ok(())
}
