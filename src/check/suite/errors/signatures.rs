//! Owns the cases about signatures that are wrong, and digests of odd lengths.

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;

use super::{CURVE, case};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::judge;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::refusal::Refusal;
use crate::check::subject::Subject;
use crate::ec::Hash;
use crate::error::Result;

const VERIFY: &str = "PKCS#11 3.0, sections 5.1.6 and 5.15.2; current mechanisms, section 2.3.1";

/// Longer than any digest, and than the order of the curve.
const LONG: usize = 65;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "errors.signature-wrong",
            "a wrong signature is answered by CKR_SIGNATURE_INVALID",
            VERIFY,
            |subject| {
                verify(subject, &[RvError::SignatureInvalid], |signature| {
                    if let Some(last) = signature.last_mut() {
                        *last ^= 1;
                    }
                })
            },
        )
        .not_wrong_for(Level::Minimum),
        case(
            "errors.signature-short",
            "a signature of an odd length is answered by CKR_SIGNATURE_LEN_RANGE",
            VERIFY,
            |subject| {
                verify(subject, &[RvError::SignatureLenRange], |signature| {
                    signature.pop();
                })
            },
        )
        .not_wrong_for(Level::Minimum),
        case(
            "errors.signature-long",
            "a signature that is too long is answered by CKR_SIGNATURE_LEN_RANGE",
            VERIFY,
            |subject| {
                verify(subject, &[RvError::SignatureLenRange], |signature| {
                    signature.extend([0, 0]);
                })
            },
        )
        .not_wrong_for(Level::Minimum),
        case(
            "errors.signature-empty",
            "an empty signature is answered by CKR_SIGNATURE_LEN_RANGE",
            VERIFY,
            |subject| verify(subject, &[RvError::SignatureLenRange], Vec::clear),
        )
        .not_wrong_for(Level::Minimum),
        case(
            "errors.digest-long",
            "a digest longer than the order is cut, or answered by CKR_DATA_LEN_RANGE",
            "PKCS#11 3.0, section 5.1.6; current mechanisms, section 2.3.1",
            digest_long,
        )
        .not_wrong_for(Level::Minimum),
    ]
}

fn verify(
    subject: &mut Subject,
    named: &'static [RvError],
    change: fn(&mut Vec<u8>),
) -> Result<Verdict> {
    let (session, pair) = subject.bench()?.pair(CURVE)?;
    let digest = Hash::Sha256.digest(b"a message");
    let mut signature = session.call(Function::Sign, |session| {
        session.sign(&Mechanism::Ecdsa, pair.private, &digest)
    })?;
    change(&mut signature);
    let refusal = Refusal {
        call: "C_Verify",
        named,
    };
    refusal.judge(session.call(Function::Verify, |session| {
        session.verify(&Mechanism::Ecdsa, pair.public, &digest, &signature)
    }))
}

fn digest_long(subject: &mut Subject) -> Result<Verdict> {
    let (session, pair) = subject.bench()?.pair(CURVE)?;
    let digest = [0x5a; LONG];
    let signed = session.call(Function::Sign, |session| {
        session.sign(&Mechanism::Ecdsa, pair.private, &digest)
    });
    let signature = match signed {
        Err(error) if error.ckr().is_some() => {
            let refusal = Refusal {
                call: "C_Sign",
                named: &[RvError::DataLenRange],
            };
            let verdict = refusal.judge::<()>(Err(error))?;
            return Ok(verdict.note("it is refused; the provider cuts digests itself"));
        }
        signed => signed?,
    };
    Ok(
        match judge::verifies(CURVE, pair.point.as_bytes(), &digest, &signature)? {
            true => Verdict::pass().note("it is cut"),
            false => Verdict::fail(
                Finding::new(
                    "a signature of the leftmost 256 bits, or CKR_DATA_LEN_RANGE",
                    "a signature of something else",
                )
                .by("C_Sign")
                .remedy("cut the digest to the bits of the order, or refuse it; Parsec cuts digests itself"),
            ),
        },
    )
}
