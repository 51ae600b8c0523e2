//! Owns the cases `export.CURVE.sensitive`: a key that may not leave the token stays inside.

use cryptoki::context::Function;
use cryptoki::object::{Attribute, AttributeInfo, AttributeType, ObjectHandle};
use zeroize::Zeroize;

use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::raw_pair::{RawPair, with_raw_pair};
use crate::check::subject::Subject;
use crate::ec::Curve;
use crate::error::Result;
use crate::op::trial;
use crate::op::trial::ALL_USES;
use crate::token::PooledSession;

pub(super) fn case(curve: Curve) -> Case {
    let case = Case::new(
        format!("export.{curve}.sensitive"),
        format!("CKA_VALUE of a sensitive {curve} key is answered by CKR_ATTRIBUTE_SENSITIVE, without a byte of it"),
        "PKCS#11 3.0, sections 4.9 and 5.7.5",
        move |subject| sensitive(subject, curve),
    )
    .on(curve);
    match curve {
        Curve::Secp256r1 => case.not_wrong_for(Level::Minimum).quick(),
        _ => case.not_wrong_for(Level::Full),
    }
}

fn sensitive(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let bench = subject.bench()?;
    let key = bench.new_key(curve, ALL_USES)?;
    let session = bench.session();
    trial::trial_objects(session, |lifetime| {
        with_raw_pair(session, &key, lifetime, |pair| look(session, pair))
    })
}

fn look(session: &PooledSession, pair: &RawPair) -> Result<Verdict> {
    let expected = "CKR_ATTRIBUTE_SENSITIVE";
    if leaks(session, pair.private)? {
        return Ok(Verdict::fail(leaked(expected)));
    }
    let info = session.look(Function::GetAttributeValue, |session| {
        session.get_attribute_info(pair.private, &[AttributeType::Value])
    })?;
    Ok(match info.first() {
        Some(AttributeInfo::Sensitive) => Verdict::pass(),
        Some(AttributeInfo::Available(_)) => Verdict::warn(
            Finding::new(expected, "a length, and no bytes")
                .by("C_GetAttributeValue")
                .remedy("the provider takes an empty value for one that is not shown"),
        ),
        _ => Verdict::pass().note("the token answers as if the key had no CKA_VALUE at all"),
    })
}

/// The finding about a key that got out.
pub(super) fn leaked(expected: &str) -> Finding {
    Finding::new(
        expected,
        "CKR_OK and a value, although the key is sensitive and not extractable",
    )
    .by("C_GetAttributeValue")
    .remedy("do not use this token: its private keys can be read by everybody who can log in")
}

/// Whether bytes of the private key are shown; they are overwritten at once.
///
/// # Errors
///
/// What reading it returned.
pub(super) fn leaks(session: &PooledSession, private: ObjectHandle) -> Result<bool> {
    let shown = session.look(Function::GetAttributeValue, |session| {
        session.get_attributes(private, &[AttributeType::Value])
    })?;
    let mut leaks = false;
    for attribute in shown {
        if let Attribute::Value(mut value) = attribute {
            leaks |= !value.is_empty();
            value.zeroize();
        }
    }
    Ok(leaks)
}
