//! Owns the cases about templates that name no key: curves that are not there, attributes that are missing or fixed.

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectHandle};

use super::{CURVE, case};
use crate::check::case::Case;
use crate::check::outcome::Verdict;
use crate::check::refusal::Refusal;
use crate::check::subject::{Bench, Subject};
use crate::ec::Curve;
use crate::error::Result;
use crate::op::objects::discard;
use crate::op::template::{Lifetime, Style, generated_private, generated_public, imported_public};
use crate::op::trial;
use crate::op::trial::ALL_USES;
use crate::token::{Form, read};

const KEY_PAIR_GEN: &str = "PKCS#11 3.0 current mechanisms, sections 2.3.3 and 2.3.9";

/// 1.3.6.1.4.1.0.1, which names nothing.
const UNKNOWN_CURVE: &[u8] = &[0x06, 0x07, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x00, 0x01];

/// An OBJECT IDENTIFIER of 8 bytes, of which 3 are there.
const CUT_PARAMS: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48];

const CURVE_REFUSAL: Refusal = Refusal {
    call: "C_GenerateKeyPair",
    named: &[
        RvError::CurveNotSupported,
        RvError::DomainParamsInvalid,
        RvError::AttributeValueInvalid,
    ],
};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "errors.curve-unknown",
            "a curve that does not exist is answered by CKR_CURVE_NOT_SUPPORTED",
            KEY_PAIR_GEN,
            |subject| with_params(subject, UNKNOWN_CURVE),
        ),
        case(
            "errors.params-malformed",
            "a malformed CKA_EC_PARAMS is answered by CKR_DOMAIN_PARAMS_INVALID",
            KEY_PAIR_GEN,
            |subject| with_params(subject, CUT_PARAMS),
        ),
        case(
            "errors.params-missing",
            "a key pair without CKA_EC_PARAMS is answered by CKR_TEMPLATE_INCOMPLETE",
            "PKCS#11 3.0, section 4.1.1; current mechanisms, section 2.3.9",
            params_missing,
        ),
        case(
            "errors.point-missing",
            "a public key without CKA_EC_POINT is answered by CKR_TEMPLATE_INCOMPLETE",
            "PKCS#11 3.0, section 4.1.1; current mechanisms, section 2.3.3",
            point_missing,
        ),
        case(
            "errors.attribute-fixed",
            "CKA_EC_PARAMS of a key cannot be changed: CKR_ATTRIBUTE_READ_ONLY",
            "PKCS#11 3.0, section 4.1.2; section 5.7.6",
            attribute_fixed,
        ),
    ]
}

fn with_params(subject: &mut Subject, params: &[u8]) -> Result<Verdict> {
    let bench = working(subject)?;
    CURVE_REFUSAL.judge(generate(bench, params, |_| true))
}

fn params_missing(subject: &mut Subject) -> Result<Verdict> {
    let bench = working(subject)?;
    let made = generate(bench, &CURVE.ec_params(), |attribute| {
        attribute.attribute_type() != AttributeType::EcParams
    });
    let refusal = Refusal {
        call: "C_GenerateKeyPair",
        named: &[RvError::TemplateIncomplete],
    };
    refusal.judge(made)
}

/// The bench, once it has shown that the token makes keys at all.
fn working(subject: &mut Subject) -> Result<&Bench> {
    let bench = subject.bench()?;
    bench.pair(CURVE)?;
    Ok(bench)
}

/// Makes a key pair of these parameters, with the attributes that `is_kept` keeps, and removes it at once.
fn generate(bench: &Bench, params: &[u8], is_kept: impl Fn(&Attribute) -> bool) -> Result<()> {
    let session = bench.session();
    let key = bench.new_key(CURVE, ALL_USES)?;
    let style = Style {
        params,
        changes: &[],
    };
    let lifetime = lifetime(bench);
    let mut public = generated_public(&key, lifetime, style);
    public.retain(is_kept);
    let private = generated_private(&key, lifetime, style);
    let (public, private) = session.change(Function::GenerateKeyPair, |session| {
        session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)
    })?;
    remove(bench, &[private, public]);
    Ok(())
}

/// As the pair of the bench was made.
fn lifetime(bench: &Bench) -> Lifetime {
    match bench.session().quirks().form(Form::TrialObjects) {
        0 => Lifetime::Session,
        _ => Lifetime::Token,
    }
}

/// What cannot be removed now is found by its label at the end of the run: that it was made is the finding.
fn remove(bench: &Bench, handles: &[ObjectHandle]) {
    let _ = discard(bench.session(), handles);
}

fn point_missing(subject: &mut Subject) -> Result<Verdict> {
    let bench = working(subject)?;
    let session = bench.session();
    let key = bench.new_key(CURVE, ALL_USES)?;
    let style = Style {
        params: &CURVE.ec_params(),
        changes: &[],
    };
    let mut template = imported_public(&key, &[], lifetime(bench), style);
    template.retain(|attribute| attribute.attribute_type() != AttributeType::EcPoint);
    let made = session.change(Function::CreateObject, |session| {
        session.create_object(&template)
    });
    if let Ok(handle) = made {
        remove(bench, &[handle]);
    }
    let refusal = Refusal {
        call: "C_CreateObject",
        named: &[RvError::TemplateIncomplete],
    };
    refusal.judge(made)
}

fn attribute_fixed(subject: &mut Subject) -> Result<Verdict> {
    let bench = subject.bench()?;
    let key = bench.new_key(CURVE, ALL_USES)?;
    let session = bench.session();
    let pair = trial::generated(session, &key)?;
    let other = Curve::Secp384r1.ec_params();
    let changed = session.change(Function::SetAttributeValue, |session| {
        session.update_attributes(pair.public, &[Attribute::EcParams(other.clone())])
    });
    let shown = read(session, pair.public, AttributeType::EcParams);
    discard(session, &[pair.private, pair.public])?;
    let refusal = Refusal {
        call: "C_SetAttributeValue",
        named: &[RvError::AttributeReadOnly, RvError::ActionProhibited],
    };
    let was_taken = changed.is_ok();
    let verdict = refusal.judge(changed)?;
    if !was_taken {
        return Ok(verdict);
    }
    Ok(verdict.note(match shown? {
        Some(shown) if shown == other => "the key names another curve now",
        _ => "CKA_EC_PARAMS is as it was",
    }))
}
