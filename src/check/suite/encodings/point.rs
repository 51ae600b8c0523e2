//! Owns the cases `encodings.CURVE.ec-point`: in which form a public key shows its point.

use cryptoki::object::AttributeType;

use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::raw_pair::with_raw_pair;
use crate::check::subject::Subject;
use crate::ec::{Curve, PublicKey};
use crate::error::Result;
use crate::op::trial;
use crate::op::trial::ALL_USES;
use crate::token::read;

/// The tag of a BIT STRING: X.690, section 8.6.
const BIT_STRING: u8 = 3;

pub(super) fn case(curve: Curve) -> Case {
    let form = match curve.is_montgomery() {
        true => "the u coordinate, raw or in a DER OCTET STRING",
        false => "a DER OCTET STRING of 04 || x || y",
    };
    let case = Case::new(
        format!("encodings.{curve}.ec-point"),
        format!("CKA_EC_POINT of a {curve} key is {form}"),
        "PKCS#11 3.0 current mechanisms, sections 2.3.3 and 2.3.7; SEC 1 version 2.0, section 2.3.3",
        move |subject| point(subject, curve),
    );
    case.harmless_on(curve, Level::Minimum)
}

fn point(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let bench = subject.bench()?;
    let key = bench.new_key(curve, ALL_USES)?;
    let session = bench.session();
    let shown = trial::trial_objects(session, |lifetime| {
        with_raw_pair(session, &key, lifetime, |pair| {
            read(session, pair.public, AttributeType::EcPoint)
        })
    })?;
    let expected = "a DER OCTET STRING around the point";
    let found = |actual: String| Finding::new(expected, actual).by("C_GetAttributeValue");
    let Some(bytes) = shown else {
        return Ok(Verdict::fail(found("no CKA_EC_POINT".to_owned()).remedy(
            "the provider cannot tell its clients the public key, and refuses keys on this curve",
        )));
    };
    Ok(match PublicKey::from_ec_point(curve, &bytes) {
        Ok(key) => shown_as(&key, &bytes, found),
        Err(error) => {
            let form = match bytes.first() {
                Some(&BIT_STRING) => "a BIT STRING, or something that begins like one",
                _ => "neither the point nor its DER",
            };
            Verdict::fail(
                found(format!("{} bytes that are {form}: {error}", bytes.len())).remedy(
                    "the provider refuses keys on this curve; ask the vendor of the token for the DER OCTET STRING",
                ),
            )
        }
    })
}

fn shown_as(key: &PublicKey, bytes: &[u8], found: impl Fn(String) -> Finding) -> Verdict {
    let is_montgomery = key.curve().is_montgomery();
    if bytes == key.to_ec_point() {
        return match is_montgomery {
            true => Verdict::pass().note("shown in a DER OCTET STRING, as PKCS#11 3.0 has it"),
            false => Verdict::pass(),
        };
    }
    match (bytes == key.as_bytes(), is_montgomery) {
        (true, true) => Verdict::pass().note("shown raw, as PKCS#11 3.1 has it"),
        (true, false) => Verdict::warn(found("the point alone".to_owned()).remedy(
            "the provider tells the forms apart by their length; other applications may not",
        )),
        (false, _) => Verdict::warn(
            found("a DER BIT STRING around the point".to_owned()).remedy(
                "the provider tells the forms apart by their length; other applications may not",
            ),
        ),
    }
}
