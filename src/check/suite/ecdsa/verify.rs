//! Owns the case of verification on the token: right signatures are accepted, and no others.

use openssl::bn::BigNum;
use openssl::error::ErrorStack;

use super::{MESSAGE, fitting_hash, require_judge};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::judge::JudgeKey;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::check::suite::answer::Answer;
use crate::ec::{Curve, Signature};
use crate::error::{Error, ErrorKind, Result};
use crate::op::objects::Pair;
use crate::op::{sign, verify};
use crate::token::PooledSession;

pub(super) fn case(curve: Curve) -> Case {
    let case = Case::new(
        format!("ecdsa.{curve}.verify"),
        format!(
            "CKM_ECDSA accepts signatures on {curve} that are right, and refuses them for another digest, with a \
             bit changed, and of another key"
        ),
        "PKCS#11 3.0 base, section 5 (C_Verify); FIPS 186-5, section 6.4.2",
        move |subject| verify(subject, curve),
    );
    case.harmless_on(curve, Level::Minimum)
}

fn verify(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    require_judge(curve)?;
    let (session, pair) = subject.bench()?.pair(curve)?;
    let hash = fitting_hash(curve);
    let (digest, other) = (hash.digest(MESSAGE), hash.digest(b"another message"));
    let signature = sign::sign_with(session, curve, pair.private, &digest)?;
    let bytes = signature.as_bytes();
    let mut verdict = Verdict::pass();
    for (what, signature) in [
        ("its own signature", bytes.to_vec()),
        (
            "its signature with n - s for s",
            with_other_s(curve, bytes)?,
        ),
    ] {
        match ask(session, pair, &digest, &signature)? {
            Answer::Done(()) => {}
            Answer::Refused(error) if error.kind() == ErrorKind::NotSupported => {
                return Err(error.context("the token does not verify, so Parsec does, in software"));
            }
            Answer::Refused(error) => {
                let finding = Finding::of(format!("the token accepts {what}"), &error);
                verdict = verdict.with_failure(finding);
            }
        }
    }
    let foreign = JudgeKey::generate(curve)?.sign(&digest)?;
    for (what, digest, forgery) in [
        ("its signature for another digest", &other, bytes.to_vec()),
        (
            "a signature with a bit of r changed",
            &digest,
            flipped(bytes, bytes.len() / 2 - 1),
        ),
        (
            "a signature with a bit of s changed",
            &digest,
            flipped(bytes, bytes.len() - 1),
        ),
        ("a signature with r and s swapped", &digest, swapped(bytes)),
        ("the signature of another key", &digest, foreign),
    ] {
        let expected = format!("CKR_SIGNATURE_INVALID for {what}");
        verdict = match ask(session, pair, digest, &forgery)? {
            Answer::Done(()) => verdict.with_failure(
                Finding::new(expected, "CKR_OK").by("C_Verify").remedy(
                    "do not verify on this token: ask its vendor for a corrected version",
                ),
            ),
            Answer::Refused(error) if error.kind() == ErrorKind::InvalidSignature => verdict,
            Answer::Refused(error) => verdict.with_warning(
                Finding::of(expected, &error).remedy(
                    "return CKR_SIGNATURE_INVALID: a client of Parsec is told of a failure of the token, not of a \
                     wrong signature",
                ),
            ),
        };
    }
    Ok(verdict)
}

/// Lets the token verify; what is no signature by its form alone need not be asked.
fn ask(
    session: &PooledSession,
    pair: &Pair,
    digest: &[u8],
    signature: &[u8],
) -> Result<Answer<()>> {
    let curve = pair.point.curve();
    let checked = Signature::from_bytes(curve, signature)
        .and_then(|signature| verify::verify_with(session, curve, pair.public, digest, &signature));
    match checked {
        Err(error) if error.kind() == ErrorKind::InvalidSignature => Ok(Answer::Refused(error)),
        checked => Answer::of(session, checked),
    }
}

fn flipped(signature: &[u8], at: usize) -> Vec<u8> {
    let mut changed = signature.to_vec();
    if let Some(byte) = changed.get_mut(at) {
        *byte ^= 1;
    }
    changed
}

fn swapped(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    [s, r].concat()
}

/// The other signature with this r: FIPS 186-5 accepts both.
fn with_other_s(curve: Curve, signature: &[u8]) -> Result<Vec<u8>> {
    let (r, s) = signature.split_at(curve.order_len());
    let negated = || -> std::result::Result<Vec<u8>, ErrorStack> {
        let mut other = BigNum::new()?;
        let order = BigNum::from_slice(curve.order())?;
        other.checked_sub(&order, &*BigNum::from_slice(s)?)?;
        other.to_vec_padded(i32::try_from(s.len()).unwrap_or(i32::MAX))
    };
    let other = negated().map_err(|source| {
        Error::new(ErrorKind::InsufficientMemory, "OpenSSL cannot subtract").with_source(source)
    })?;
    Ok([r, &other].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_signature_verifies() {
        let key = JudgeKey::generate(Curve::Secp521r1).unwrap();
        let signature = key.sign(&[7; 64]).unwrap();
        let other = with_other_s(Curve::Secp521r1, &signature).unwrap();
        assert_ne!(signature, other);
        let public = key.public().unwrap();
        let verifies = crate::check::judge::verifies(Curve::Secp521r1, &public, &[7; 64], &other);
        assert!(verifies.unwrap());
    }
}
