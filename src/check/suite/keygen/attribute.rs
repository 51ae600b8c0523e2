//! Owns the cases `keygen.secp256r1.attribute.NAME`: whether the token takes an attribute in a template.

use cryptoki::mechanism::MechanismType;
use cryptoki::object::Attribute;

use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::outcome::Verdict;
use crate::check::raw_pair::{generate_in, is_refusal, known_way, trial_lifetime};
use crate::check::subject::Subject;
use crate::ec::Curve;
use crate::error::Result;
use crate::op::objects::discard;
use crate::op::trial::ALL_USES;
use crate::token::KeyClass;

const CURVE: Curve = Curve::Secp256r1;

/// The attributes of the standard templates, then others that providers like to send.
fn tried() -> Vec<(&'static str, KeyClass, Attribute)> {
    use KeyClass::{Private, Public};

    vec![
        ("private", Private, Attribute::Private(true)),
        ("sensitive", Private, Attribute::Sensitive(true)),
        ("extractable", Private, Attribute::Extractable(false)),
        ("sign", Private, Attribute::Sign(true)),
        ("sign-false", Private, Attribute::Sign(false)),
        ("derive", Private, Attribute::Derive(true)),
        ("derive-false", Private, Attribute::Derive(false)),
        ("public-not-private", Public, Attribute::Private(false)),
        ("verify", Public, Attribute::Verify(true)),
        ("verify-false", Public, Attribute::Verify(false)),
        (
            "allowed-mechanisms",
            Private,
            Attribute::AllowedMechanisms(vec![MechanismType::ECDSA]),
        ),
        ("decrypt-false", Private, Attribute::Decrypt(false)),
        ("unwrap-false", Private, Attribute::Unwrap(false)),
        ("encrypt-false", Public, Attribute::Encrypt(false)),
        ("wrap-false", Public, Attribute::Wrap(false)),
        ("modifiable", Private, Attribute::Modifiable(true)),
        ("copyable", Private, Attribute::Copyable(true)),
        ("destroyable", Private, Attribute::Destroyable(true)),
    ]
}

pub(super) fn cases() -> impl Iterator<Item = Case> {
    tried().into_iter().map(|(name, class, attribute)| {
        Case::new(
            format!("keygen.{CURVE}.attribute.{name}"),
            format!(
                "{} is taken in the template of a {class}",
                attribute.attribute_type()
            ),
            "PKCS#11 3.0, sections 4.4 and 4.7 to 4.9",
            move |subject| taken(subject, class, &attribute),
        )
        .on(CURVE)
    })
}

fn taken(subject: &mut Subject, class: KeyClass, attribute: &Attribute) -> Result<Verdict> {
    let bench = subject.bench()?;
    bench.pair(CURVE)?;
    let key = bench.new_key(CURVE, ALL_USES)?;
    let session = bench.session();
    let lifetime = trial_lifetime(session);
    let way = known_way(session, &key, lifetime);
    let made = generate_in(session, &key, lifetime, &way, |public, private| {
        let template = match class {
            KeyClass::Public => public,
            KeyClass::Private => private,
        };
        template.retain(|other| other.attribute_type() != attribute.attribute_type());
        template.push(attribute.clone());
    });
    match made {
        Ok((public, private)) => discard(session, &[private, public]).map(|()| Verdict::pass()),
        Err(error) if is_refusal(&error) => {
            let expected = format!(
                "{} is taken beside what the token takes otherwise",
                attribute.attribute_type()
            );
            Ok(Verdict::warn(Finding::of(expected, &error).remedy(
                "the provider does without it: it leaves out of its templates what the token refuses, and never \
                 sends more than the standard template of docs/design.md, section 6",
            )))
        }
        Err(error) => Err(error),
    }
}
