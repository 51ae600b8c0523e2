//! Owns the cases about key pairs that may not do everything: `keygen.secp256r1.sign-only` and so on.

use super::generate::told_changes;
use super::shown::look;
use crate::check::case::Case;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::raw_pair::with_raw_pair;
use crate::check::subject::Subject;
use crate::ec::Curve;
use crate::error::Result;
use crate::op::KeyUsage;
use crate::op::template::Lifetime;
use crate::op::trial::ALL_USES;

const CURVE: Curve = Curve::Secp256r1;
const SIGN: KeyUsage = KeyUsage {
    sign: true,
    verify: true,
    derive: false,
    export: false,
};
const DERIVE: KeyUsage = KeyUsage {
    sign: false,
    verify: false,
    derive: true,
    export: false,
};
const EXPORT: KeyUsage = KeyUsage {
    export: true,
    ..ALL_USES
};

pub(super) fn cases() -> [Case; 3] {
    [
        case("sign-only", "that may sign and not derive", SIGN)
            .works_for(Level::Minimum)
            .quick(),
        case("derive-only", "that may derive and not sign", DERIVE).works_for(Level::Full),
        case("exportable", "that may be exported", EXPORT).not_wrong_for(Level::Full),
    ]
}

fn case(what: &str, allowed: &str, usage: KeyUsage) -> Case {
    Case::new(
        format!("keygen.{CURVE}.{what}"),
        format!("a {CURVE} key pair {allowed} is made on the token, and says so"),
        "PKCS#11 3.0, sections 4.9 and 5.18.2; PSA Crypto API 1.1, section 9.5.2",
        move |subject| made_and_says_so(subject, usage),
    )
    .on(CURVE)
}

fn made_and_says_so(subject: &mut Subject, usage: KeyUsage) -> Result<Verdict> {
    let bench = subject.bench()?;
    let key = bench.new_key(CURVE, usage)?;
    let session = bench.session();
    with_raw_pair(session, &key, Lifetime::Token, |pair| {
        let verdict = told_changes(CURVE, pair);
        look(session, &key, Lifetime::Token, pair, verdict)
    })
}
