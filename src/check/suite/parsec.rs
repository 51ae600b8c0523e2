//! Owns the suite `parsec`: the provider's own operations, as a client has them, and what they have to work around.

use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::operations::{OPERATIONS, Operation, Tried};
use crate::check::outcome::{Fact, Verdict};
use crate::check::report::profile::{self, ability_name};
use crate::check::subject::Subject;
use crate::config::Ability;
use crate::ec::Curve;
use crate::error::Result;
use crate::op::random;
use crate::token::{Form, Token};

const SOURCE: &str = "PSA Crypto API 1.1, sections 9.5 to 9.7 and 10.7 to 10.10";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new(
            "parsec.random",
            "the token gives random bytes",
            "PSA Crypto API 1.1, section 10.11",
            random_bytes,
        )
        .not_wrong_for(Level::Minimum)
        .quick(),
    ];
    for curve in Curve::ALL.iter().copied() {
        let expressible = OPERATIONS
            .iter()
            .filter(|operation| operation.is_expressible(curve));
        cases.extend(expressible.map(|operation| case(curve, operation)));
    }
    cases.push(
        Case::new(
            "parsec.workarounds",
            "the token takes what the provider sends first",
            "docs/design.md, section 6",
            workarounds,
        )
        .quick(),
    );
    cases
}

fn case(curve: Curve, operation: &'static Operation) -> Case {
    let case = Case::new(
        format!("parsec.{curve}.{}", operation.id),
        format!(
            "\"{}\" on {curve} is what CanDoCrypto says, and OpenSSL agrees",
            operation.name
        ),
        SOURCE,
        move |subject| run(subject, curve, operation),
    );
    let is_minimum = matches!(
        operation.id,
        "generate" | "export-public" | "sign-hash" | "sign-message"
    );
    // Many HSMs let no private key in or out, and need not.
    let is_full = is_minimum || matches!(operation.id, "ecdh" | "import-public");
    let lowest = match is_minimum {
        true => Level::Minimum,
        false => Level::Full,
    };
    match is_full {
        true => case.needed_on(curve, lowest),
        false => case.harmless_on(curve, Level::Minimum),
    }
}

fn run(subject: &mut Subject, curve: Curve, operation: &Operation) -> Result<Verdict> {
    let token = subject.token()?;
    let verdict = match operation.run(token, curve) {
        Tried::Works => Verdict::pass(),
        Tried::NotSupported(reason) => Verdict::skip(reason.to_string()),
        Tried::Contradiction { said, done } => Verdict::fail(contradiction(&said, &done)),
    };
    Ok(operation
        .abilities
        .iter()
        .filter_map(|&ability| ability_fact(token, curve, ability))
        .fold(verdict, Verdict::fact))
}

fn contradiction(said: &Result<()>, done: &Result<()>) -> Finding {
    let expected = match said {
        Ok(()) => "that it works, as CanDoCrypto says".to_owned(),
        Err(error) => format!("that it does not work, as CanDoCrypto says: {error}"),
    };
    match done {
        Ok(()) => Finding::new(expected, "it works"),
        Err(error) => Finding::of(expected, error),
    }
    .remedy(
        "look at the failed cases of the other suites on this curve; until the token is mended, deny the ability \
         in a quirk profile (--write-profile)",
    )
}

/// What trying told about an ability. That agreements are right is not vouched for: the provider tries that
/// itself, at no great cost.
fn ability_fact(token: &Token, curve: Curve, ability: Ability) -> Option<Fact> {
    let able = token.known(ability, curve)?.is_ok();
    (ability != Ability::Agree || !able).then(|| Fact::Ability {
        curve: curve.name().to_owned(),
        ability: ability_name(ability).to_owned(),
        able,
    })
}

fn random_bytes(subject: &mut Subject) -> Result<Verdict> {
    let token = subject.token()?;
    let (first, second) = (random::random(token, 32)?, random::random(token, 32)?);
    Ok(match first == second {
        false => Verdict::pass(),
        true => Verdict::fail(
            Finding::new("random bytes", "the same bytes twice").by("C_GenerateRandom"),
        ),
    })
}

/// The operations ran before, so the provider knows by now what the token wants.
fn workarounds(subject: &mut Subject) -> Result<Verdict> {
    let (changes, forms) = subject.differences();
    let changes = profile::named_changes(changes.iter().copied());
    let mut verdict = Verdict::pass();
    if !changes.is_empty() {
        verdict = verdict.with_warning(
            Finding::new(
                "the standard templates of docs/design.md",
                format!("they are taken only with these changes: {}", changes.join(", ")),
            )
            .by("C_GenerateKeyPair, C_CreateObject or C_DeriveKey")
            .remedy("the provider finds this out at each start; a quirk profile (--write-profile) spares it the search"),
        );
        verdict = changes
            .into_iter()
            .map(|change| Fact::Template { change })
            .fold(verdict, Verdict::fact);
    }
    let mut forms: Vec<_> = forms.iter().copied().map(said).collect();
    forms.sort();
    forms.dedup();
    Ok(forms.into_iter().fold(verdict, |verdict, form| {
        verdict.with_warning(Finding::new(form.0, form.1).remedy(
            "nothing: the provider tries the other form, and remembers which one the token takes",
        ))
    }))
}

/// What was sent first, and that the token wants something else.
fn said(form: Form) -> (String, String) {
    match form {
        Form::Params(curve) => (
            format!("CKA_EC_PARAMS of {curve} as an object identifier"),
            "the token takes the name of the curve only".to_owned(),
        ),
        Form::Point(curve) => (
            format!("CKA_EC_POINT of {curve} in its standard encoding"),
            "the token takes another encoding only".to_owned(),
        ),
        Form::PeerPoint(curve) => (
            format!(
                "the peer's point on {curve} as raw bytes, PKCS#11 3.0 current mechanisms, section 2.3.17"
            ),
            "the token takes it in DER only, at least once".to_owned(),
        ),
        Form::Digest(curve, len) => (
            format!("a digest of {len} bytes for a key on {curve}"),
            "the token takes it only when it is padded".to_owned(),
        ),
        Form::Message(curve) => (
            format!("CKM_ECDSA on {curve}"),
            "the token signs only by mechanisms that hash".to_owned(),
        ),
        Form::TrialObjects => (
            "key objects of a session, PKCS#11 3.0, section 4.4".to_owned(),
            "the token makes objects of the token only, so trials write to it".to_owned(),
        ),
    }
}
