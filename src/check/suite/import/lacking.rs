//! Owns the cases about keys on curves that the token lacks: taken, they fail only when they are used.

use std::collections::BTreeMap;

use cryptoki::object::ObjectHandle;

use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::judge;
use crate::check::outcome::Verdict;
use crate::check::raw_import;
use crate::check::raw_pair::is_any_refusal;
use crate::check::subject::{Bench, Subject};
use crate::ec::{Curve, Hash, PrivateKey};
use crate::error::{ErrorKind, Result};
use crate::op::objects::discard;
use crate::op::sign;
use crate::op::template::Lifetime;
use crate::op::trial::ALL_USES;
use crate::token::PooledSession;

const SOURCE: &str =
    "PKCS#11 3.0, section 5.7.1 (CKR_CURVE_NOT_SUPPORTED, CKR_DOMAIN_PARAMS_INVALID)";

pub(super) fn cases() -> [Case; 2] {
    [
        Case::new(
            "import.lacking-curve.refused",
            "private keys on curves on which the token makes none are refused",
            SOURCE,
            refused,
        ),
        Case::new(
            "import.lacking-curve.used",
            "a private key that was taken on a curve on which the token makes none does no harm when it is used",
            SOURCE,
            used,
        ),
    ]
}

fn refused(subject: &mut Subject) -> Result<Verdict> {
    let bench = subject.bench()?;
    let curves = lacking(bench)?;
    if curves.is_empty() {
        return Ok(Verdict::skip("the token makes keys on every curve"));
    }
    let mut taken = Vec::new();
    for curve in curves {
        if let Some((private, _)) = create(bench, curve)? {
            discard(bench.session(), &[private])?;
            taken.push(curve.name());
        }
    }
    Ok(match taken.is_empty() {
        true => Verdict::pass(),
        false => Verdict::warn(
            Finding::new(
                "keys on curves that the token lacks are refused",
                format!("keys are taken on {}", taken.join(", ")),
            )
            .by("C_CreateObject")
            .remedy(
                "the provider stores keys only on curves on which the token makes some, and uses each once when \
                 it is imported; other applications find out when they use it",
            ),
        ),
    })
}

fn used(subject: &mut Subject) -> Result<Verdict> {
    let bench = subject.bench()?;
    let mut verdict = Verdict::pass();
    let mut uses = 0;
    let mut refusals: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for curve in lacking(bench)? {
        let Some((private, scalar)) = create(bench, curve)? else {
            continue;
        };
        let outcome = sign_with(bench.session(), private, &scalar);
        // A key whose use was refused may refuse to go, too: it goes with its session.
        let discarded = discard(bench.session(), &[private]);
        uses += 1;
        verdict = match outcome {
            Ok(true) => verdict.note(format!("{curve} keys sign, although the token makes none")),
            Ok(false) => verdict.with_failure(
                Finding::new(
                    format!("a right {curve} signature, or none"),
                    "one that OpenSSL refuses",
                )
                .by("C_Sign"),
            ),
            Err(error) => {
                refusals
                    .entry(error.to_string())
                    .or_default()
                    .push(curve.name());
                verdict
            }
        };
        discarded?;
    }
    for (refusal, curves) in refusals {
        verdict = verdict.note(format!("{refusal}: {}", curves.join(", ")));
    }
    Ok(match uses {
        0 => Verdict::skip("the token takes no keys on curves that it lacks"),
        _ => verdict,
    })
}

/// The Weierstrass curves on which the token makes no keys.
fn lacking(bench: &mut Bench) -> Result<Vec<Curve>> {
    let mut lacking = Vec::new();
    for &curve in Curve::ALL.iter().filter(|curve| !curve.is_montgomery()) {
        match bench.pair(curve) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotSupported => lacking.push(curve),
            Err(error) => return Err(error),
        }
    }
    Ok(lacking)
}

/// A session object, so that nothing is left when its use ends the process; `None` if it is refused.
fn create(bench: &Bench, curve: Curve) -> Result<Option<(ObjectHandle, PrivateKey)>> {
    let scalar = PrivateKey::random(curve)?;
    let key = bench.new_key(curve, ALL_USES)?;
    let session = bench.session();
    let value = scalar.to_value();
    match raw_import::create_private(session, &key, value, Lifetime::Session) {
        Ok(private) => Ok(Some((private, scalar))),
        Err(error) if is_any_refusal(session, &error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the signature is right, as far as the judge can tell.
fn sign_with(session: &PooledSession, private: ObjectHandle, scalar: &PrivateKey) -> Result<bool> {
    let curve = scalar.curve();
    let digest = Hash::Sha1.digest(b"a curve that the token lacks");
    let signature = sign::sign_with(session, curve, private, &digest)?;
    match judge::JudgeKey::from_scalar(curve, scalar.as_bytes()) {
        Ok(key) => judge::verifies(curve, &key.public()?, &digest, signature.as_bytes()),
        Err(error) if error.kind() == ErrorKind::NotSupported => Ok(true),
        Err(error) => Err(error),
    }
}
