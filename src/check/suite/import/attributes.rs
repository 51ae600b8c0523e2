//! Owns the case `import.secp256r1.attributes`: a key pair that was given to the token does not claim to have been
//! made there.

use cryptoki::object::Attribute;

use super::require_curve;
use crate::check::case::Case;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::check::suite::keygen::claims::{Claim, compare};
use crate::ec::{Curve, PrivateKey};
use crate::error::Result;
use crate::op::objects::{create_private, create_public, discard};
use crate::op::trial;
use crate::op::trial::ALL_USES;

const CURVE: Curve = Curve::Secp256r1;

const HISTORY: &str = "do not rely on this attribute in an audit of the token, and ask its vendor for a version that \
     tells the truth";
const UNPROTECTED: &str =
    "the provider destroys such a key at once and refuses the import; make keys on the token";

pub(super) fn case() -> Case {
    let case = Case::new(
        format!("import.{CURVE}.attributes"),
        format!(
            "a {CURVE} key pair that was given to the token is protected as asked, and says that it came from outside"
        ),
        "PKCS#11 3.0, sections 4.7 to 4.9",
        attributes,
    );
    case.harmless_on(CURVE, Level::Full)
}

fn attributes(subject: &mut Subject) -> Result<Verdict> {
    let bench = subject.bench()?;
    require_curve(bench, CURVE)?;
    let scalar = PrivateKey::random(CURVE)?;
    let point = scalar.public_key()?;
    let key = bench.new_key(CURVE, ALL_USES)?;
    let session = bench.session();
    let private = trial::trial_objects(session, |lifetime| {
        create_private(session, &key, &scalar, lifetime)
    })?;
    let verdict = compare(
        session,
        "private key",
        private,
        of_private(),
        Verdict::pass(),
    );
    discard(session, &[private])?;
    let verdict = verdict?;
    let public = trial::trial_objects(session, |lifetime| {
        create_public(session, &key, &point, lifetime)
    })?;
    let claims = vec![Claim::strict(Attribute::Local(false), HISTORY)];
    let verdict = compare(session, "public key", public, claims, verdict);
    discard(session, &[public])?;
    verdict
}

fn of_private() -> Vec<Claim> {
    vec![
        Claim::strict(Attribute::Private(true), UNPROTECTED),
        Claim::strict(Attribute::Sensitive(true), UNPROTECTED),
        Claim::strict(Attribute::Extractable(false), UNPROTECTED),
        Claim::strict(Attribute::Local(false), HISTORY),
        Claim::strict(Attribute::NeverExtractable(false), HISTORY),
        Claim::strict(Attribute::AlwaysSensitive(false), HISTORY),
    ]
}
