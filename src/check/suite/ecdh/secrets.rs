//! Owns the cases of right secrets, those with leading zeros above all.

use std::time::{Duration, Instant};

use cryptoki::error::RvError;

use super::SOURCE;
use super::derivation::{Agreement, Compared, Secret, peer};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::ec::{Curve, PublicKey};
use crate::error::{Error, ErrorKind, Result};

/// So many peers each curve is tried with.
const PEERS: usize = 8;

/// One secret in 256 begins with a zero byte: so many are two of them, mostly.
const RUNS: u32 = 512;
const QUICK_RUNS: u32 = 64;

/// A token that is slower makes fewer of them.
const BUDGET: Duration = Duration::from_secs(40);

/// One peer in 256 will do.
const TRIES: usize = 8192;

/// The byte at one end of a secret.
type Byte = fn(&[u8]) -> Option<&u8>;

pub(super) fn cases(curve: Curve) -> Vec<Case> {
    let secret = Case::new(
        format!("ecdh.{curve}.secret"),
        format!("CKM_ECDH1_DERIVE with CKD_NULL gives the secrets on {curve} that OpenSSL has"),
        SOURCE,
        move |subject| secret(subject, curve),
    );
    let secret = secret.needed_on(curve, Level::Full);
    let zero = Case::new(
        format!("ecdh.{curve}.leading-zero"),
        format!("a secret on {curve} that begins with a zero byte keeps it"),
        "SEC 1, sections 2.3.5 and 3.3.1; PSA Crypto API 1.1, psa_raw_key_agreement; RFC 7748, section 5",
        move |subject| leading_zero(subject, curve),
    );
    let mut cases = vec![secret, zero.harmless_on(curve, Level::Full)];
    if curve == Curve::Secp256r1 {
        let runs = Case::new(
            format!("ecdh.{curve}.runs"),
            format!("{RUNS} secrets on {curve} are those that OpenSSL has"),
            SOURCE,
            move |subject| runs(subject, curve),
        );
        cases.push(runs.harmless_on(curve, Level::Full).within(3 * BUDGET));
    }
    cases
}

fn secret(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let agreement = match Agreement::on(subject, curve) {
        Err(error) if error.ckr() == Some(RvError::MechanismParamInvalid) => {
            return Ok(no_raw_secret(&error));
        }
        agreement => agreement?,
    };
    for _ in 0..PEERS {
        let compared = compared(&agreement)?;
        // That zeros are missing is what another case is about.
        if matches!(compared, Compared::Wrong { .. }) {
            return Ok(compared.added(Verdict::pass(), curve));
        }
    }
    Ok(Verdict::pass())
}

/// The token has the mechanism, but not what it is for here.
fn no_raw_secret(error: &Error) -> Verdict {
    let expected = "CKM_ECDH1_DERIVE takes CKD_NULL, and a point that is raw or in DER";
    Verdict::fail(Finding::of(expected, error).remedy(
        "Parsec cannot agree secrets on this token: ask its vendor for CKD_NULL, as a secret that went through a KDF \
         of the token is not the one that PSA hands out",
    ))
}

fn leading_zero(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let agreement = Agreement::on(subject, curve)?;
    let mut verdict = Verdict::pass();
    let wanted: &[Byte] = match curve.is_montgomery() {
        // These are little-endian, so that zeros may get lost at either end.
        true => &[<[u8]>::first, <[u8]>::last],
        false => &[<[u8]>::first],
    };
    for at in wanted {
        let (point, right) = peer_with_zero(&agreement.pair.point, *at)?;
        let secret = agreement.secret(&point)?;
        verdict = Compared::of(curve, &secret, &right).added(verdict, curve);
    }
    Ok(verdict)
}

/// A peer of OpenSSL's whose secret with the token's key has a zero at one end.
fn peer_with_zero(point: &PublicKey, at: Byte) -> Result<(Vec<u8>, Secret)> {
    for _ in 0..TRIES {
        let peer = peer(point.curve())?;
        let secret = peer.agree(point.as_bytes())?;
        if at(&secret) == Some(&0) {
            return Ok((peer.public()?, secret));
        }
    }
    Err(Error::new(
        ErrorKind::NotSupported,
        "no peer was found whose secret begins with a zero byte",
    ))
}

fn runs(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let wanted = match subject.quick {
        true => QUICK_RUNS,
        false => RUNS,
    };
    let agreement = Agreement::on(subject, curve)?;
    let begin = Instant::now();
    let (mut done, mut wrong, mut other_zeros) = (0_u32, None, 0_u32);
    let mut failures = 0_u32;
    while done < wanted && begin.elapsed() < BUDGET {
        done += 1;
        match compared(&agreement)? {
            Compared::Right => {}
            Compared::OtherZeros => other_zeros += 1,
            compared => {
                wrong = Some(compared);
                failures += 1;
            }
        }
    }
    let mut verdict = Verdict::pass().measured("secrets", f64::from(done));
    if done < wanted {
        verdict = verdict.note(format!(
            "the time was enough for {done} of {wanted} secrets"
        ));
    }
    if other_zeros > 0 {
        verdict = Compared::OtherZeros
            .added(verdict, curve)
            .note(format!("{other_zeros} of {done} secrets were so"));
    }
    Ok(match wrong {
        Some(compared) => compared
            .added(verdict, curve)
            .note(format!("{failures} of {done} secrets are wrong")),
        None => verdict,
    })
}

/// The secret with a new peer.
fn compared(agreement: &Agreement) -> Result<Compared> {
    let curve = agreement.curve();
    let peer = peer(curve)?;
    let right = peer.agree(agreement.pair.point.as_bytes())?;
    let secret = agreement.secret(&peer.public()?)?;
    Ok(Compared::of(curve, &secret, &right))
}
