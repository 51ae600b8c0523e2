//! Owns the cases about public keys that are given to the token.

use cryptoki::object::ObjectHandle;

use super::{require_curve, told_changes};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::judge::JudgeKey;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::raw_import;
use crate::check::raw_pair::{is_any_refusal, or_lacks};
use crate::check::subject::Subject;
use crate::ec::{Curve, Hash, PublicKey, Signature};
use crate::error::{ErrorKind, Result};
use crate::op::objects::{create_public, discard};
use crate::op::template::Lifetime;
use crate::op::trial::ALL_USES;
use crate::op::{trial, verify};
use crate::token::{Form, PooledSession, TemplateKind};

const SOURCE: &str = "PKCS#11 3.0, section 5.7.1; current mechanisms, sections 2.3.3 and 2.3.7";

/// The curve on which the other form of a point is tried.
const CURVE: Curve = Curve::Secp256r1;

pub(super) fn case(curve: Curve) -> Case {
    let what = match curve.is_montgomery() {
        true => "shows the point that it was given",
        false => "verifies the signatures of its pair, which OpenSSL made, and no others",
    };
    let case = Case::new(
        format!("import.{curve}.public"),
        format!("a {curve} public key is taken, stays on the token, and {what}"),
        SOURCE,
        move |subject| public(subject, curve),
    );
    case.needed_on(curve, Level::Full)
}

pub(super) fn raw_case() -> Case {
    Case::new(
        format!("import.{CURVE}.public.raw"),
        format!(
            "a {CURVE} public key whose CKA_EC_POINT is the point alone is refused, or verifies"
        ),
        SOURCE,
        raw,
    )
    .on(CURVE)
}

fn public(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let bench = subject.bench()?;
    require_curve(bench, curve)?;
    let judge = JudgeKey::generate(curve)?;
    let point = PublicKey::from_bytes(curve, &judge.public()?)?;
    let key = bench.new_key(curve, ALL_USES)?;
    let session = bench.session();
    let public = or_lacks(
        session,
        create_public(session, &key, &point, Lifetime::Token),
    )?;
    let mut verdict = told_changes(session, &key, TemplateKind::PublicKey);
    if session.quirks().form(Form::Point(curve)) != 0 {
        verdict = verdict.with_warning(
            Finding::new(
                "CKA_EC_POINT is taken as the standard has it first",
                "it is refused, and another form is taken",
            )
            .by("C_CreateObject")
            .remedy("the provider sends the point in the form that the token takes"),
        );
    }
    let verdict = match curve.is_montgomery() {
        // That it shows the point again was looked at when it was made.
        true => Ok(verdict),
        false => verifies(session, &judge, curve, public)
            .map(|wrong| wrong.into_iter().fold(verdict, Verdict::with_failure)),
    };
    discard(session, &[public])?;
    verdict
}

fn raw(subject: &mut Subject) -> Result<Verdict> {
    let bench = subject.bench()?;
    require_curve(bench, CURVE)?;
    let judge = JudgeKey::generate(CURVE)?;
    let point = PublicKey::from_bytes(CURVE, &judge.public()?)?;
    let key = bench.new_key(CURVE, ALL_USES)?;
    let session = bench.session();
    let lifetime = trial::trial_objects(session, |lifetime| {
        let public = create_public(session, &key, &point, lifetime)?;
        discard(session, &[public]).map(|()| lifetime)
    })?;
    let public = match raw_import::create_public(session, &key, point.as_bytes(), lifetime) {
        Err(error) if is_any_refusal(session, &error) => {
            return Ok(Verdict::pass().note(format!("refused: {error}")));
        }
        public => public?,
    };
    let wrong = verifies(session, &judge, CURVE, public);
    discard(session, &[public])?;
    Ok(match wrong? {
        None => Verdict::pass().note("taken, and it verifies"),
        Some(finding) => Verdict::warn(finding.remedy(
            "the provider sends the point in DER, which this token understands; other applications must, too",
        )),
    })
}

/// What is wrong with a public key object, whose private key the judge has.
fn verifies(
    session: &PooledSession,
    judge: &JudgeKey,
    curve: Curve,
    public: ObjectHandle,
) -> Result<Option<Finding>> {
    let digest = Hash::Sha256.digest(b"given to the token");
    let other = Hash::Sha256.digest(b"something else");
    let signature = Signature::from_bytes(curve, &judge.sign(&digest)?)?;
    let verify = |digest: &[u8]| verify::verify_with(session, curve, public, digest, &signature);
    if let Err(error) = verify(&digest) {
        let finding = Finding::of("the signature that OpenSSL made is right", &error);
        return Ok(Some(finding.remedy(
            "verify with software, as the provider does where a quirk profile says `verify = false`",
        )));
    }
    match verify(&other) {
        Err(error) if error.kind() == ErrorKind::InvalidSignature => Ok(None),
        Err(error) => Err(error),
        Ok(()) => Ok(Some(
            Finding::new("CKR_SIGNATURE_INVALID for another digest", "CKR_OK")
                .by("C_Verify")
                .remedy("do not let this token verify signatures: it accepts wrong ones"),
        )),
    }
}
