//! Owns the cases of what is no signature by its form: numbers out of range, wrong lengths.

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;

use super::signed::signed;
use super::{MESSAGE, fitting_hash, require_judge};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::check::suite::answer::Answer;
use crate::ec::Curve;
use crate::error::{Error, ErrorKind, Result};
use crate::op::objects::Pair;
use crate::token::PooledSession;

/// What is no signature, and what it is.
type Forgery = (String, Vec<u8>);

pub(super) fn cases(curve: Curve) -> [Case; 2] {
    let ranges = Case::new(
        format!("ecdsa.{curve}.ranges"),
        format!("CKM_ECDSA refuses signatures on {curve} whose r or s is 0, n or n + 1"),
        "FIPS 186-5, section 6.4.2, step 1; SEC 1, section 4.1.4, step 1",
        move |subject| {
            refuses(subject, curve, |signature| {
                Ok(out_of_range(curve, signature))
            })
        },
    );
    let lengths = Case::new(
        format!("ecdsa.{curve}.lengths"),
        format!("CKM_ECDSA refuses signatures on {curve} that are too short, too long or in DER"),
        "PKCS#11 3.0 current mechanisms, section 2.3.1 (EC signatures)",
        move |subject| {
            refuses(subject, curve, |signature| {
                of_wrong_length(curve, signature)
            })
        },
    );
    // Parsec refuses them before the token is asked, so that the lowest level is not concerned.
    [ranges, lengths].map(|case| case.harmless_on(curve, Level::Full))
}

/// Parsec refuses all of them itself, so that the CKR does not matter.
fn refuses(
    subject: &mut Subject,
    curve: Curve,
    forge: impl Fn(&[u8]) -> Result<Vec<Forgery>>,
) -> Result<Verdict> {
    require_judge(curve)?;
    let (session, pair) = subject.bench()?.pair(curve)?;
    let digest = fitting_hash(curve).digest(MESSAGE);
    let signature = signed(session, pair, &digest)?.bytes;
    if let Answer::Refused(error) = ask(session, pair, &digest, &signature)? {
        return Ok(Verdict::skip(format!(
            "the token does not verify its own signature, of which the case verify tells: {error}"
        )));
    }
    let mut verdict = Verdict::pass();
    let mut others = Vec::new();
    for (what, forgery) in forge(&signature)? {
        let answer = match ask(session, pair, &digest, &forgery) {
            Err(error) if error.ckr() == Some(RvError::OperationActive) => {
                return Ok(verdict.with_warning(left_active(&what, &error)));
            }
            answer => answer?,
        };
        match answer {
            Answer::Done(()) => {
                let expected = format!("a refusal of {what}");
                verdict = verdict
                    .with_failure(Finding::new(expected, "CKR_OK").by("C_Verify").remedy(
                    "none is needed with Parsec, which refuses it before the token is asked; other \
                         applications can be deceived: ask the vendor for a corrected version",
                ));
            }
            Answer::Refused(error) if error.kind() == ErrorKind::InvalidSignature => {}
            Answer::Refused(error) => others.push(format!("{what}: {error}")),
        }
    }
    Ok(others.into_iter().fold(verdict, |verdict, other| {
        verdict.note(format!(
            "refused by another CKR than for wrong signatures: {other}"
        ))
    }))
}

/// tpm2-pkcs11 does so.
fn left_active(what: &str, error: &Error) -> Finding {
    let expected = "C_Verify ends the operation, whatever it answers";
    let finding = Finding::of(expected, error);
    let actual = format!("before or at {what}: {}", finding.actual);
    Finding { actual, ..finding }.remedy(
        "none is needed with Parsec, which refuses such signatures before the token is asked, and opens another \
         session; other applications cannot verify in this session any more",
    )
}

fn ask(
    session: &PooledSession,
    pair: &Pair,
    digest: &[u8],
    signature: &[u8],
) -> Result<Answer<()>> {
    let verified = session.call(Function::Verify, |session| {
        session.verify(&Mechanism::Ecdsa, pair.public, digest, signature)
    });
    Answer::of(session, verified)
}

fn out_of_range(curve: Curve, signature: &[u8]) -> Vec<Forgery> {
    let len = curve.order_len();
    let order = curve.order().to_vec();
    let mut above = order.clone();
    // No order ends with 0xff, as n + 1 shows no carry.
    if let Some(last) = above.last_mut() {
        *last = last.wrapping_add(1);
    }
    let (r, s) = signature.split_at(signature.len() / 2);
    let mut forgeries = Vec::new();
    for (value, number) in [("0", vec![0; len]), ("n", order), ("n + 1", above)] {
        forgeries.push((format!("r = {value}"), [&number, s].concat()));
        forgeries.push((format!("s = {value}"), [r, &number].concat()));
        forgeries.push((format!("r = s = {value}"), [&*number, &number].concat()));
    }
    forgeries
}

fn of_wrong_length(curve: Curve, signature: &[u8]) -> Result<Vec<Forgery>> {
    let half = curve.order_len();
    let whole = signature.len();
    let zeros = |count: usize| vec![0; count];
    let cut = |count: usize| {
        signature
            .get(..whole.saturating_sub(count))
            .unwrap_or_default()
    };
    Ok(vec![
        ("no byte at all".to_owned(), Vec::new()),
        ("one byte too few".to_owned(), cut(1).to_vec()),
        ("r alone".to_owned(), cut(half).to_vec()),
        (
            "one byte too many".to_owned(),
            [signature, &zeros(1)].concat(),
        ),
        (
            "two bytes too many".to_owned(),
            [signature, &zeros(2)].concat(),
        ),
        (
            "twice the signature".to_owned(),
            [signature, signature].concat(),
        ),
        ("the signature in DER".to_owned(), der(signature)?),
    ])
}

/// As X.509 has it: RFC 3279, section 2.2.3.
fn der(signature: &[u8]) -> Result<Vec<u8>> {
    let (r, s) = signature.split_at(signature.len() / 2);
    BigNum::from_slice(r)
        .and_then(|r| EcdsaSig::from_private_components(r, BigNum::from_slice(s)?)?.to_der())
        .map_err(|source| {
            Error::new(ErrorKind::InsufficientMemory, "OpenSSL writes no DER").with_source(source)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec::Signature;

    #[test]
    fn none_is_a_signature() {
        for curve in Curve::ALL
            .iter()
            .copied()
            .filter(|curve| !curve.is_montgomery())
        {
            assert_ne!(curve.order().last(), Some(&0xff), "{curve}");
            let mut signature = vec![0; 2 * curve.order_len()];
            for at in [curve.order_len() - 1, 2 * curve.order_len() - 1] {
                signature[at] = 1;
            }
            assert!(Signature::from_bytes(curve, &signature).is_ok());
            let forgeries = [
                out_of_range(curve, &signature),
                of_wrong_length(curve, &signature).unwrap(),
            ];
            for (what, forgery) in forgeries.concat() {
                assert!(
                    Signature::from_bytes(curve, &forgery).is_err(),
                    "{curve} {what}"
                );
            }
        }
    }
}
