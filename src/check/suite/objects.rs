//! Owns the suite `objects`: keys that are found, stay, go, and leave nothing behind.

mod change;
mod find;
mod handles;
mod lifetime;

use crate::check::case::Case;
use crate::check::level::Level;
use crate::check::outcome::{Outcome, Verdict};
use crate::check::subject::Subject;
use crate::ec::Curve;
use crate::error::Result;
use crate::op::trial::ALL_USES;
use crate::op::{NewKey, destroy, generate};
use crate::token::Token;

const FIND: &str = "PKCS#11 3.0, section 5.7.7";
const STORAGE: &str = "PKCS#11 3.0, section 4.4";
const DESTROY: &str = "PKCS#11 3.0, section 5.7.3";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "objects.found",
            "a key is found by CKA_ID, by CKA_LABEL and by CKA_CLASS, and nothing else is",
            FIND,
            find::found,
        )
        .works_for(Level::Minimum)
        .quick(),
        Case::new(
            "objects.persistent",
            "a key of the token survives C_Finalize and C_Initialize, and signs",
            STORAGE,
            lifetime::persistent,
        )
        .works_for(Level::Minimum)
        .quick(),
        Case::new(
            "objects.destroyed",
            "a destroyed key is not found any more, and its handle is of no use",
            DESTROY,
            lifetime::destroyed,
        )
        .works_for(Level::Minimum)
        .quick(),
        Case::new(
            "objects.session-objects",
            "a session object goes with its session",
            STORAGE,
            lifetime::session_objects,
        )
        .not_wrong_for(Level::Full)
        .quick(),
        Case::new(
            "objects.private-hidden",
            "a private object cannot be seen without a login",
            STORAGE,
            find::private_hidden,
        )
        .not_wrong_for(Level::Minimum)
        .quick(),
        Case::new(
            "objects.handle-reuse",
            "the handle of a destroyed object is not given to another one",
            "PKCS#11 3.0, section 5.7.1",
            handles::reuse,
        )
        .not_wrong_for(Level::Full)
        .quick(),
        Case::new(
            "objects.handles-apart",
            "objects that exist at once have handles of their own",
            "PKCS#11 3.0, section 5.7.1",
            handles::apart,
        )
        .not_wrong_for(Level::Minimum)
        .quick(),
        Case::new(
            "objects.same-id",
            "two public keys with one CKA_ID are two objects",
            "PKCS#11 3.0, section 4.7",
            change::same_id,
        ),
        Case::new(
            "objects.set-label",
            "C_SetAttributeValue changes CKA_LABEL",
            "PKCS#11 3.0, section 5.7.6",
            change::set_label,
        ),
        // The last one: it looks for what the others left.
        Case::new(
            "objects.no-trace",
            "the cases before this one left no object on the token",
            DESTROY,
            find::no_trace,
        )
        .not_wrong_for(Level::Full)
        .quick(),
    ]
}

/// Lets `look` have a key pair of the token on secp256r1, made by the provider's own operation.
fn with_key(
    subject: &mut Subject,
    look: impl FnOnce(&mut Subject, &NewKey) -> Result<Verdict>,
) -> Result<Verdict> {
    let key = make(subject.token()?)?;
    let verdict = look(subject, &key);
    let destroyed = subject
        .token()
        .and_then(|token| destroy::destroy_pair(token, key.key_ref()));
    match (verdict, destroyed) {
        (Ok(verdict), Err(error)) if verdict.outcome != Outcome::Fail => Err(error),
        (verdict, _) => verdict,
    }
}

fn make(token: &Token) -> Result<NewKey> {
    let key = NewKey::random(&token.config().instance, Curve::Secp256r1, ALL_USES, None)?;
    generate::generate(token, &key)?;
    Ok(key)
}
