//! Owns the cases `export.CURVE.private`: the scalar of a key pair that may leave the token.

use cryptoki::object::AttributeType;
use zeroize::Zeroizing;

use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::judge::JudgeKey;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::raw_pair::{RawPair, with_raw_pair};
use crate::check::subject::Subject;
use crate::ec::{Curve, PrivateKey, PublicKey};
use crate::error::Result;
use crate::op::KeyUsage;
use crate::op::template::Lifetime;
use crate::op::trial::ALL_USES;
use crate::token::{PooledSession, read};

const EXPORT: KeyUsage = KeyUsage {
    export: true,
    ..ALL_USES
};

const EXPECTED: &str = "CKA_VALUE of a key that is extractable and not sensitive is its scalar";

pub(super) fn case(curve: Curve) -> Case {
    let case = Case::new(
        format!("export.{curve}.private"),
        format!(
            "the scalar of a {curve} key pair that was made to be exported is shown, and is that of the public key"
        ),
        "PKCS#11 3.0, section 4.9; current mechanisms, sections 2.3.4 and 2.3.8; PSA Crypto API 1.1, psa_export_key",
        move |subject| private(subject, curve),
    );
    // Many HSMs let no private key out, and need not.
    case.harmless_on(curve, Level::Full)
}

fn private(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let bench = subject.bench()?;
    let key = bench.new_key(curve, EXPORT)?;
    let session = bench.session();
    // NSS shows the scalars of session objects only, and those of the token count.
    with_raw_pair(session, &key, Lifetime::Token, |pair| {
        look(session, curve, pair)
    })
}

fn look(session: &PooledSession, curve: Curve, pair: &RawPair) -> Result<Verdict> {
    let found = |actual: &str| {
        Finding::new(EXPECTED, actual)
            .by("C_GetAttributeValue")
            .remedy("make keys that must leave it again on another token: the provider refuses to make them on this one")
    };
    let value = read(session, pair.private, AttributeType::Value)?.map(Zeroizing::new);
    let Some(value) = value else {
        return Ok(Verdict::fail(found(
            "the token took the template and shows none",
        )));
    };
    let scalar = match PrivateKey::from_value(curve, &value) {
        Ok(scalar) => scalar,
        Err(error) => return Ok(Verdict::fail(found(&error.to_string()))),
    };
    let shown = read(session, pair.public, AttributeType::EcPoint)?.unwrap_or_default();
    let point = match PublicKey::from_ec_point(curve, &shown) {
        Ok(point) => point,
        Err(error) => return Ok(Verdict::fail(found(&error.to_string()))),
    };
    let computed = JudgeKey::from_scalar(curve, scalar.as_bytes())?.public()?;
    if computed != point.as_bytes() {
        return Ok(Verdict::fail(found(
            "the scalar is not the one of the public key",
        )));
    }
    let width = scalar.to_value().len();
    Ok(match value.len() {
        len if len > width => Verdict::warn(
            found(&format!("it has {len} bytes, and the order has {width}"))
                .remedy("the provider takes zeros away that are too many; other applications may not"),
        ),
        len if len < width => Verdict::pass().note(
            "zeros that the scalar begins with were missing, which PKCS#11 allows and the provider puts back",
        ),
        _ => Verdict::pass(),
    })
}
