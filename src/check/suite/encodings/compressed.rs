//! Owns the cases about compressed points, which Parsec never sends: reported only, but judged.

use cryptoki::context::Function;
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::elliptic_curve::{EcKdf, Ecdh1DeriveParams};
use cryptoki::object::{Attribute, AttributeType, ObjectHandle};
use zeroize::Zeroizing;

use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::judge::JudgeKey;
use crate::check::outcome::Verdict;
use crate::check::raw_import;
use crate::check::raw_pair::is_any_refusal;
use crate::check::subject::Subject;
use crate::config::TemplateChange;
use crate::ec::{Curve, Hash, PublicKey, Signature};
use crate::error::{Error, Result};
use crate::op::objects::{self, discard};
use crate::op::trial::ALL_USES;
use crate::op::{KeyUsage, agree, template, trial, verify};
use crate::token::{PooledSession, TemplateKind, Wanted, read};

const CURVES: [Curve; 3] = [Curve::Secp256r1, Curve::Secp384r1, Curve::Secp521r1];

const SOURCE: &str = "PKCS#11 3.0 current mechanisms, sections 2.3 (CKF_EC_COMPRESS) and 2.3.3; SEC 1 version 2.0, section 2.3.3";

pub(super) fn cases() -> impl Iterator<Item = Case> {
    CURVES.into_iter().flat_map(|curve| {
        [
            Case::new(
                format!("encodings.{curve}.compressed-import"),
                format!("a {curve} public key whose point is compressed is refused, or verifies"),
                SOURCE,
                move |subject| import(subject, curve),
            )
            .on(curve),
            Case::new(
                format!("encodings.{curve}.compressed-peer"),
                format!("a compressed {curve} point of a peer is refused, or the secret is right"),
                SOURCE,
                move |subject| peer(subject, curve),
            )
            .on(curve),
        ]
    })
}

fn import(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let bench = subject.bench()?;
    // Keys are given only on curves that the token has, as the provider does.
    bench.pair(curve)?;
    let judge = JudgeKey::generate(curve)?;
    let point = PublicKey::from_bytes(curve, &judge.public()?)?;
    let key = bench.new_key(curve, ALL_USES)?;
    let session = bench.session();
    let lifetime = trial::trial_objects(session, |lifetime| {
        let public = objects::create_public(session, &key, &point, lifetime)?;
        discard(session, &[public]).map(|()| lifetime)
    })?;
    let compressed = judge.compressed_public()?;
    let length = u8::try_from(compressed.len()).unwrap_or(u8::MAX);
    let der = [&[4, length], compressed.as_slice()].concat();
    let public = match raw_import::create_public(session, &key, &der, lifetime) {
        Err(error) => return refused(session, error),
        Ok(public) => public,
    };
    let verdict = imported(session, &judge, curve, public);
    discard(session, &[public])?;
    verdict
}

fn imported(
    session: &PooledSession,
    judge: &JudgeKey,
    curve: Curve,
    public: ObjectHandle,
) -> Result<Verdict> {
    let digest = Hash::Sha256.digest(b"a compressed point");
    let signature = Signature::from_bytes(curve, &judge.sign(&digest)?)?;
    let expected = "a refusal, or a key that verifies the signatures of its pair";
    Ok(
        match verify::verify_with(session, curve, public, &digest, &signature) {
            Ok(()) => Verdict::pass().note("compressed points are taken, and verify"),
            Err(error) => {
                Verdict::warn(Finding::of(expected, &error).remedy(
                    "the provider never sends compressed points; other applications must not",
                ))
            }
        },
    )
}

fn peer(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let (session, pair) = subject.bench()?.pair(curve)?;
    let judge = JudgeKey::generate(curve)?;
    let expected = judge.agree(pair.point.as_bytes())?;
    // Whether the token agrees secrets at all, and how it wants the template.
    let whole = PublicKey::from_bytes(curve, &judge.public()?)?;
    agree::derive(session, curve, pair.private, &whole)?;
    let changes = secret_changes(session, curve);
    let compressed = judge.compressed_public()?;
    let secret = match derive(session, curve, pair.private, &compressed, &changes) {
        Err(error) => return refused(session, error),
        Ok(secret) => secret,
    };
    Ok(match *secret == *expected {
        true => {
            Verdict::pass().note("compressed points of peers are taken, and the secret is right")
        }
        false => Verdict::fail(
            Finding::new(
                "a refusal, or the secret that OpenSSL has",
                "another secret",
            )
            .by("C_DeriveKey")
            .remedy("the provider never sends compressed points; other applications must not"),
        ),
    })
}

/// The changes to the template of a secret that were found when one was derived.
fn secret_changes(session: &PooledSession, curve: Curve) -> Vec<TemplateChange> {
    let secret = Wanted {
        kind: TemplateKind::Secret,
        usage: KeyUsage::default(),
        on_token: false,
        curve,
        params: 0,
        point: 0,
    };
    session.quirks().changes(&secret).changes
}

fn derive(
    session: &PooledSession,
    curve: Curve,
    private: ObjectHandle,
    peer: &[u8],
    changes: &[TemplateChange],
) -> Result<Zeroizing<Vec<u8>>> {
    let mechanism = Mechanism::Ecdh1Derive(Ecdh1DeriveParams::new(EcKdf::null(), peer));
    let template: Vec<Attribute> = template::secret(curve.field_len(), changes);
    let derived = session.call(Function::DeriveKey, |session| {
        session.derive_key(&mechanism, private, &template)
    })?;
    let value = read(session, derived, AttributeType::Value);
    discard(session, &[derived])?;
    Ok(Zeroizing::new(value?.unwrap_or_default()))
}

fn refused(session: &PooledSession, error: Error) -> Result<Verdict> {
    match is_any_refusal(session, &error) {
        true => Ok(Verdict::pass().note(format!("compressed points are refused: {error}"))),
        false => Err(error),
    }
}
