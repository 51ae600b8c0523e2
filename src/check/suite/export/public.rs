//! Owns the cases `export.CURVE.public`: the public key that is shown is that of the private key.

use cryptoki::object::AttributeType;

use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::judge;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::raw_pair::{RawPair, with_raw_pair};
use crate::check::subject::Subject;
use crate::ec::{Curve, Hash, PublicKey};
use crate::error::{ErrorKind, Result};
use crate::op::trial::ALL_USES;
use crate::op::{sign, trial};
use crate::token::{PooledSession, read};

pub(super) fn case(curve: Curve) -> Case {
    let what = match curve.is_montgomery() {
        true => "can be read, and is the same each time",
        false => "can be read, and verifies what the private key signs",
    };
    let case = Case::new(
        format!("export.{curve}.public"),
        format!("the public key of a {curve} key pair {what}"),
        "PKCS#11 3.0 current mechanisms, sections 2.3.3 and 2.3.7; PSA Crypto API 1.1, psa_export_public_key",
        move |subject| public(subject, curve),
    );
    case.needed_on(curve, Level::Minimum)
}

fn public(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let bench = subject.bench()?;
    let key = bench.new_key(curve, ALL_USES)?;
    let session = bench.session();
    trial::trial_objects(session, |lifetime| {
        with_raw_pair(session, &key, lifetime, |pair| look(session, curve, pair))
    })
}

fn look(session: &PooledSession, curve: Curve, pair: &RawPair) -> Result<Verdict> {
    let found = |expected: &str, actual: &str| {
        let remedy = "do not use keys on this curve: their public keys cannot be told to anybody";
        Verdict::fail(
            Finding::new(expected, actual)
                .by("C_GetAttributeValue")
                .remedy(remedy),
        )
    };
    let shown = || read(session, pair.public, AttributeType::EcPoint);
    let Some(bytes) = shown()? else {
        return Ok(found("a public key", "none is shown"));
    };
    let point = match PublicKey::from_ec_point(curve, &bytes) {
        Ok(point) => point,
        Err(error) => return Ok(found("a public key that can be read", &error.to_string())),
    };
    if shown()?.as_ref() != Some(&bytes) {
        return Ok(found(
            "the same public key each time",
            "another one the second time",
        ));
    }
    if curve.is_montgomery() || !judge::has(curve) {
        return Ok(Verdict::pass());
    }
    let digest = Hash::Sha1.digest(b"a public key that is shown");
    let signature = match sign::sign_with(session, curve, pair.private, &digest) {
        Ok(signature) => signature,
        Err(error) if error.kind() == ErrorKind::NotSupported => {
            return Ok(Verdict::pass().note(format!("not compared with a signature: {error}")));
        }
        Err(error) => return Err(error),
    };
    let is_right = judge::accepts(curve, point.as_bytes())
        && judge::verifies(curve, point.as_bytes(), &digest, signature.as_bytes())?;
    Ok(match is_right {
        true => Verdict::pass(),
        false => found(
            "the public key verifies what the private key signs",
            "OpenSSL refuses the signature or the key",
        ),
    })
}
