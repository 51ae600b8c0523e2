//! Owns the cases `keygen.CURVE.attributes`: what a key pair that was generated says of itself is true.

use cryptoki::mechanism::MechanismType;
use cryptoki::object::Attribute;

use super::claims::{Claim, compare};
use super::generate::protection;
use crate::check::case::Case;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::raw_pair::{RawPair, mechanism, with_raw_pair};
use crate::check::subject::Subject;
use crate::ec::Curve;
use crate::error::Result;
use crate::op::NewKey;
use crate::op::template::Lifetime;
use crate::op::trial;
use crate::op::trial::ALL_USES;
use crate::token::{KeyClass, PooledSession, key_type};

const HISTORY: &str = "do not rely on this attribute in an audit of the token, and ask its vendor for a version that \
     tells the truth";
const DENIED: &str = "the key cannot be used as its owner asked; ask the vendor of the token whether a policy denies it";
const GRANTED: &str = "the provider enforces the policy of each key itself, before the token is asked; whoever else \
     uses the token can use the key for this";

pub(super) fn case(curve: Curve) -> Case {
    let case = Case::new(
        format!("keygen.{curve}.attributes"),
        format!(
            "a {curve} key pair shows what was asked for, and that it was made on the token and never left it"
        ),
        "PKCS#11 3.0, sections 4.7 to 4.9",
        move |subject| attributes(subject, curve),
    );
    case.harmless_on(curve, Level::Minimum)
}

fn attributes(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let bench = subject.bench()?;
    let key = bench.new_key(curve, ALL_USES)?;
    let session = bench.session();
    trial::trial_objects(session, |lifetime| {
        with_raw_pair(session, &key, lifetime, |pair| {
            let verdict = look(session, &key, lifetime, pair, Verdict::pass())?;
            let private = origin(curve, KeyClass::Private).into();
            let verdict = compare(session, "private key", pair.private, private, verdict)?;
            let public = origin(curve, KeyClass::Public).into();
            compare(session, "public key", pair.public, public, verdict)
        })
    })
}

/// Compares what a pair may do, and how it is protected, with what was asked.
pub(super) fn look(
    session: &PooledSession,
    key: &NewKey,
    lifetime: Lifetime,
    pair: &RawPair,
    verdict: Verdict,
) -> Result<Verdict> {
    let private = private_claims(key, lifetime);
    let verdict = compare(session, "private key", pair.private, private, verdict)?;
    let public = public_claims(key, lifetime);
    compare(session, "public key", pair.public, public, verdict)
}

fn private_claims(key: &NewKey, lifetime: Lifetime) -> Vec<Claim> {
    let (curve, usage) = (key.curve, key.usage);
    let mut claims = protection(key, lifetime);
    claims.extend([
        asked(Attribute::Sign(usage.sign && !curve.is_montgomery())),
        asked(Attribute::Derive(usage.derive)),
        told(Attribute::AlwaysSensitive(!usage.export)),
        told(Attribute::NeverExtractable(!usage.export)),
    ]);
    claims
}

fn public_claims(key: &NewKey, lifetime: Lifetime) -> Vec<Claim> {
    let signs = !key.curve.is_montgomery();
    vec![
        Claim::strict(Attribute::Token(lifetime == Lifetime::Token), DENIED),
        Claim::lenient(
            Attribute::Private(false),
            "the public key can be seen by who is logged in only, as the provider is",
        ),
        asked(Attribute::Verify(key.usage.verify && signs)),
    ]
}

fn origin(curve: Curve, class: KeyClass) -> [Claim; 4] {
    let mechanism: MechanismType = mechanism(curve).mechanism_type();
    [
        Claim::strict(class.attribute(), DENIED),
        Claim::strict(Attribute::KeyType(key_type(curve)), DENIED),
        told(Attribute::Local(true)),
        Claim::lenient(Attribute::KeyGenMechanism(mechanism), HISTORY),
    ]
}

/// A key that tells less than what is true about its past does no harm; one that tells more does.
fn told(attribute: Attribute) -> Claim {
    let is_to_its_credit = matches!(
        attribute,
        Attribute::AlwaysSensitive(true)
            | Attribute::NeverExtractable(true)
            | Attribute::Local(true)
    );
    match is_to_its_credit {
        true => Claim::lenient(attribute, HISTORY),
        false => Claim::strict(attribute, HISTORY),
    }
}

/// What was asked for must be granted; what is granted besides does no harm to the provider.
fn asked(attribute: Attribute) -> Claim {
    let is_asked = matches!(
        attribute,
        Attribute::Sign(true) | Attribute::Verify(true) | Attribute::Derive(true)
    );
    match is_asked {
        true => Claim::strict(attribute, DENIED),
        false => Claim::lenient(attribute, GRANTED),
    }
}
