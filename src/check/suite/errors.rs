//! Owns the suite `errors`: whether what must be refused is refused, and by the return value that the standard
//! names. Parsec goes by these values; another refusal does no harm but to the reason that a client is told.

mod keys;
mod mechanisms;
mod operations;
mod signatures;
mod templates;

use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::outcome::{Outcome, Verdict};
use crate::check::subject::Subject;
use crate::ec::Curve;
use crate::error::{ErrorKind, Result};

/// The curve of all keys of this suite.
const CURVE: Curve = Curve::Secp256r1;

pub(super) fn cases() -> Vec<Case> {
    [
        templates::cases,
        keys::cases,
        mechanisms::cases,
        signatures::cases,
        operations::cases,
        keys::last_cases,
    ]
    .iter()
    .flat_map(|cases| cases())
    .collect()
}

/// A short case. After another answer than the expected one the module is initialised anew, so that what it broke is
/// not taken for a fault that the next case is about.
fn case(
    id: impl Into<String>,
    title: impl Into<String>,
    source: &'static str,
    look: impl Fn(&mut Subject) -> Result<Verdict> + 'static,
) -> Case {
    Case::new(id, title, source, move |subject| {
        let verdict = look(subject);
        match verdict {
            Ok(verdict) if verdict.outcome != Outcome::Pass => Ok(survived(subject, verdict)),
            Err(error) if error.kind() != ErrorKind::NotSupported => {
                subject.close();
                Err(error)
            }
            verdict => verdict,
        }
    })
    .quick()
}

fn survived(subject: &mut Subject, verdict: Verdict) -> Verdict {
    subject.close();
    match subject.token() {
        Ok(_) => verdict,
        Err(error) => verdict.with_failure(
            Finding::of("a token that works on after the refusal", &error).remedy(
                "ask the vendor of the token: after this call it has to be started anew; Parsec makes no such call",
            ),
        ),
    }
}
