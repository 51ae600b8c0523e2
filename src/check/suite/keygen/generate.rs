//! Owns the cases `keygen.CURVE.generate`: a key pair that stays on the token, by the standard template.

use cryptoki::object::{Attribute, AttributeType};

use super::claims::{Claim, compare};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::judge;
use crate::check::level::Level;
use crate::check::outcome::{Fact, Verdict};
use crate::check::raw_pair::{RawPair, with_raw_pair};
use crate::check::report::profile::change_name;
use crate::check::subject::Subject;
use crate::ec::{Curve, PublicKey};
use crate::error::Result;
use crate::op::NewKey;
use crate::op::template::Lifetime;
use crate::op::trial::ALL_USES;
use crate::token::{PooledSession, read};

/// What the provider does with keys that are not protected as asked.
const UNPROTECTED: &str = "the provider destroys such a key at once and refuses the request; ask the vendor of the \
     token why the template is not followed, which is a policy of the token perhaps";

pub(super) fn case(curve: Curve) -> Case {
    let case = Case::new(
        format!("keygen.{curve}.generate"),
        format!(
            "a {curve} key pair is made on the token with the provider's standard template, as well protected as \
             asked, and its public key is on the curve"
        ),
        "PKCS#11 3.0, section 5.18.2; current mechanisms, sections 2.3.9 and 2.3.11",
        move |subject| generate(subject, curve),
    );
    case.needed_on(curve, Level::Minimum)
}

fn generate(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let bench = subject.bench()?;
    let key = bench.new_key(curve, ALL_USES)?;
    let session = bench.session();
    with_raw_pair(session, &key, Lifetime::Token, |pair| {
        let verdict = point(session, curve, pair, told_changes(curve, pair))?;
        let claims = protection(&key, Lifetime::Token);
        compare(session, "private key", pair.private, claims, verdict)
    })
}

/// What the token wanted differently in the templates, as warnings and for a profile.
pub(super) fn told_changes(curve: Curve, pair: &RawPair) -> Verdict {
    let mut verdict = Verdict::pass();
    let Some(refusal) = &pair.refusal else {
        return verdict;
    };
    if pair.way.params != 0 {
        verdict = verdict.with_warning(
            Finding::of(
                format!("{curve} named by its OID in CKA_EC_PARAMS"),
                refusal,
            )
            .remedy("the provider names it as the token wants it, which it finds out by trying"),
        );
    }
    let names: Vec<_> = pair.way.changes.iter().copied().map(change_name).collect();
    if !names.is_empty() {
        verdict = verdict.with_warning(
            Finding::of(
                "the standard template of docs/design.md, section 6, is taken",
                refusal,
            )
            .remedy(format!(
                "the provider finds out that the token wants these changes: {}; a quirk profile, which \
                 --write-profile writes, spares it the tries",
                names.join(", ")
            )),
        );
    }
    if verdict.findings.is_empty() {
        // The same template was taken when it was sent again.
        verdict = verdict.with_warning(
            Finding::of(
                "the standard template is taken the first time it is sent",
                refusal,
            )
            .remedy("the provider tries once more; look for what the token was busy with"),
        );
    }
    let facts = names.into_iter().map(|name| Fact::Template {
        change: name.to_owned(),
    });
    facts.fold(verdict, Verdict::fact)
}

/// What protects a private key that was generated.
pub(super) fn protection(key: &NewKey, lifetime: Lifetime) -> Vec<Claim> {
    let export = key.usage.export;
    vec![
        Claim::strict(Attribute::Token(lifetime == Lifetime::Token), UNPROTECTED),
        Claim::strict(Attribute::Private(true), UNPROTECTED),
        Claim::strict(Attribute::Sensitive(!export), UNPROTECTED),
        Claim::strict(Attribute::Extractable(export), UNPROTECTED),
    ]
}

/// Whether the public key can be read and is on its curve.
fn point(
    session: &PooledSession,
    curve: Curve,
    pair: &RawPair,
    verdict: Verdict,
) -> Result<Verdict> {
    let expected = "a CKA_EC_POINT that is a point of the curve";
    let finding = match read(session, pair.public, AttributeType::EcPoint)? {
        None => Finding::new(expected, "the public key shows none"),
        Some(bytes) => match PublicKey::from_ec_point(curve, &bytes) {
            Ok(public) if !judge::has(curve) || judge::accepts(curve, public.as_bytes()) => {
                return Ok(verdict);
            }
            Ok(_) => Finding::new(expected, "OpenSSL refuses the point"),
            Err(error) => Finding::new(expected, error.to_string()),
        },
    };
    Ok(verdict.with_failure(
        finding
            .by("C_GetAttributeValue")
            .remedy("the provider refuses keys on this curve; ask the vendor of the token for a right CKA_EC_POINT"),
    ))
}
