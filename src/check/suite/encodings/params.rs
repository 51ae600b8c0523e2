//! Owns the cases about `CKA_EC_PARAMS`: what keys show, and which names of curves are taken.

use cryptoki::object::{AttributeType, ObjectHandle};

use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::raw_pair::{
    Way, generate_in, is_refusal, known_way, trial_lifetime, with_raw_pair,
};
use crate::check::subject::Subject;
use crate::ec::Curve;
use crate::error::Result;
use crate::op::objects::discard;
use crate::op::trial;
use crate::op::trial::ALL_USES;
use crate::token::{PooledSession, read};

const SOURCE: &str =
    "PKCS#11 3.0 current mechanisms, sections 2.3.3 and 2.3.4; RFC 5480, section 2.1.1";

/// The curves whose names are tried, those that tokens are asked for most.
const NAMED: [Curve; 5] = [
    Curve::Secp256r1,
    Curve::Secp384r1,
    Curve::Secp521r1,
    Curve::Curve25519,
    Curve::Curve448,
];

pub(super) fn shown_case(curve: Curve) -> Case {
    let case = Case::new(
        format!("encodings.{curve}.ec-params"),
        format!("both halves of a {curve} key pair show the CKA_EC_PARAMS that were sent"),
        SOURCE,
        move |subject| shown(subject, curve),
    );
    case.harmless_on(curve, Level::Minimum)
}

pub(super) fn name_cases() -> impl Iterator<Item = Case> {
    NAMED.into_iter().map(|curve| {
        Case::new(
            format!("encodings.{curve}.curve-name"),
            format!(
                "a {curve} key pair is made when a PrintableString names the curve, as curveName"
            ),
            SOURCE,
            move |subject| named(subject, curve),
        )
        .on(curve)
    })
}

fn shown(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let bench = subject.bench()?;
    let key = bench.new_key(curve, ALL_USES)?;
    let session = bench.session();
    trial::trial_objects(session, |lifetime| {
        with_raw_pair(session, &key, lifetime, |pair| {
            let forms = curve.ec_params_forms();
            let sent = forms.get(pair.way.params).map_or(&[][..], Vec::as_slice);
            let verdict = Verdict::pass();
            let verdict = compared(session, curve, "public", pair.public, sent, verdict)?;
            compared(session, curve, "private", pair.private, sent, verdict)
        })
    })
}

fn compared(
    session: &PooledSession,
    curve: Curve,
    half: &str,
    handle: ObjectHandle,
    sent: &[u8],
    verdict: Verdict,
) -> Result<Verdict> {
    let expected = format!("the {half} key shows {}", hex::encode(sent));
    Ok(match read(session, handle, AttributeType::EcParams)? {
        Some(shown) if shown == sent => verdict,
        None => verdict.note(format!(
            "the {half} key shows no CKA_EC_PARAMS: the provider goes by its identifier"
        )),
        Some(shown) => {
            let finding = Finding::new(expected, hex::encode(&shown)).by("C_GetAttributeValue");
            match Curve::from_ec_params(&shown) {
                Ok(other) if other == curve => verdict.with_warning(finding.remedy(
                    "the provider knows this name of the curve, too; other applications may not",
                )),
                _ => {
                    verdict.with_failure(finding.remedy(
                        "the provider does not find the key on its curve, and cannot use it",
                    ))
                }
            }
        }
    })
}

fn named(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let bench = subject.bench()?;
    bench.pair(curve)?;
    let key = bench.new_key(curve, ALL_USES)?;
    let session = bench.session();
    let lifetime = trial_lifetime(session);
    let way = known_way(session, &key, lifetime);
    let mut refusals = Vec::new();
    for (params, form) in curve.ec_params_forms().iter().enumerate() {
        // What the content of a PrintableString is; an OID is none.
        let Some(name) = form.strip_prefix(&[0x13]).and_then(|form| form.get(1..)) else {
            continue;
        };
        let name = String::from_utf8_lossy(name);
        let key = bench.new_key(curve, ALL_USES)?;
        let way = Way {
            params,
            ..way.clone()
        };
        match generate_in(session, &key, lifetime, &way, |_, _| {}) {
            Ok((public, private)) => {
                discard(session, &[private, public])?;
                return Ok(Verdict::pass().note(format!("the name is {name}")));
            }
            Err(error) if is_refusal(&error) => {
                refusals.push(format!("{name}: {error}"));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Verdict::skip(format!(
        "the token takes an OID only, which is what the provider sends: {}",
        refusals.join("; ")
    )))
}
