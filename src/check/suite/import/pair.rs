//! Owns the cases `import.CURVE.pair`: both halves of a key pair are given to the token, and used.

use cryptoki::object::ObjectHandle;

use super::{require_curve, told_changes};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::judge::{self, JudgeKey};
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::raw_pair::or_lacks;
use crate::check::subject::{Bench, Subject};
use crate::ec::{Curve, Hash, PrivateKey, PublicKey};
use crate::error::Result;
use crate::op::objects::{create_private, create_public, discard};
use crate::op::template::Lifetime;
use crate::op::trial::ALL_USES;
use crate::op::{NewKey, agree, sign};
use crate::token::{PooledSession, TemplateKind};

pub(super) fn case(curve: Curve) -> Case {
    let what = match curve.is_montgomery() {
        true => "agrees the secret that OpenSSL has",
        false => "signs, and OpenSSL verifies it with the public key",
    };
    let case = Case::new(
        format!("import.{curve}.pair"),
        format!("a {curve} key pair is taken, stays on the token, and {what}"),
        "PKCS#11 3.0, section 5.7.1; current mechanisms, sections 2.3.4 and 2.3.8",
        move |subject| pair(subject, curve),
    );
    case.harmless_on(curve, Level::Full)
}

fn pair(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let bench = subject.bench()?;
    require_curve(bench, curve)?;
    require_use(bench, curve)?;
    let judge = JudgeKey::generate(curve)?;
    let scalar = PrivateKey::from_bytes(curve, &judge.scalar()?)?;
    let point = PublicKey::from_bytes(curve, &judge.public()?)?;
    let key = bench.new_key(curve, ALL_USES)?;
    let session = bench.session();
    let private = or_lacks(
        session,
        create_private(session, &key, &scalar, Lifetime::Token),
    )?;
    let verdict = used(session, curve, private, &judge).and_then(|wrong| {
        let verdict = told_changes(session, &key, TemplateKind::PrivateKey);
        let verdict = wrong.into_iter().fold(verdict, Verdict::with_failure);
        with_public(session, &key, &point, verdict)
    });
    discard(session, &[private])?;
    verdict
}

/// The public half has the identifier of the private one.
fn with_public(
    session: &PooledSession,
    key: &NewKey,
    point: &PublicKey,
    verdict: Verdict,
) -> Result<Verdict> {
    let created = create_public(session, key, point, Lifetime::Token);
    let public = or_lacks(session, created)?;
    discard(session, &[public]).map(|()| verdict)
}

/// A token that cannot use the keys that it makes itself says nothing about those that it is given.
pub(super) fn require_use(bench: &mut Bench, curve: Curve) -> Result<()> {
    let (session, pair) = bench.pair(curve)?;
    let used = match curve.is_montgomery() {
        true => {
            let peer = PublicKey::from_bytes(curve, &JudgeKey::generate(curve)?.public()?)?;
            agree::derive(session, curve, pair.private, &peer).map(|_| ())
        }
        false => sign::sign_with(session, curve, pair.private, &digest()).map(|_| ()),
    };
    used.map_err(|error| error.context(format_args!("the token cannot use its own {curve} keys")))
}

/// What is wrong with a private key object, whose scalar the judge has; it is used once.
///
/// # Errors
///
/// Those of the judge.
pub(super) fn used(
    session: &PooledSession,
    curve: Curve,
    private: ObjectHandle,
    key: &JudgeKey,
) -> Result<Option<Finding>> {
    let expected = "the token uses the key that it took as OpenSSL does";
    let remedy = "the provider destroys such a key and refuses the import; make keys of this kind on the token";
    let outcome = match curve.is_montgomery() {
        true => {
            let peer = JudgeKey::generate(curve)?;
            let secret = peer.agree(&key.public()?)?;
            let point = PublicKey::from_bytes(curve, &peer.public()?)?;
            agree::derive(session, curve, private, &point)
                .map(|derived| derived.as_bytes() == secret.as_slice())
        }
        false => match sign::sign_with(session, curve, private, &digest()) {
            Ok(signature) => {
                judge::verifies(curve, &key.public()?, &digest(), signature.as_bytes())
            }
            Err(error) => Err(error),
        },
    };
    let call = match curve.is_montgomery() {
        true => "C_DeriveKey",
        false => "C_Sign",
    };
    Ok(match outcome {
        Ok(true) => None,
        Ok(false) => Some(
            Finding::new(expected, "the result is another one")
                .by(call)
                .remedy(remedy),
        ),
        Err(error) => Some(Finding::of(expected, &error).remedy(remedy)),
    })
}

fn digest() -> Vec<u8> {
    Hash::Sha256.digest(b"a key that was given to the token")
}
