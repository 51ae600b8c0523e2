//! Owns the suite `concurrency`: many clients at once, through the provider's own operations.

mod load;
mod mix;

use crate::check::case::Case;
use crate::check::level::Level;

use crate::ec::Curve;
use crate::error::{Error, ErrorKind, Result};
use crate::op::trial::ALL_USES;
use crate::op::{NewKey, destroy, generate};
use crate::token::{KeyRef, Token};

/// The curve that every token has which Parsec can use.
const CURVE: Curve = Curve::Secp256r1;

/// As many sessions as cores, and more than most tokens have.
const SESSIONS: [usize; 5] = [1, 2, 4, 8, 16];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![mix::case()];
    cases.extend(SESSIONS.into_iter().map(load::case));
    let needed = |case: Case| case.on(CURVE).not_wrong_for(Level::Full).quick();
    cases.into_iter().map(needed).collect()
}

/// Lets `use_it` have a key pair on the token, which is destroyed afterwards.
///
/// # Errors
///
/// Those of making the key, of `use_it` and of destroying it.
fn with_key<T>(token: &Token, use_it: impl FnOnce(KeyRef) -> Result<T>) -> Result<T> {
    let key = NewKey::random(&token.config().instance, CURVE, ALL_USES, None)?;
    let used = generate::generate(token, &key).and_then(|()| use_it(key.key_ref()));
    match used {
        Ok(used) => match destroy::destroy_pair(token, key.key_ref())? {
            2 => Ok(used),
            count => Err(Error::new(
                ErrorKind::CorruptionDetected,
                format!("{count} objects of a key pair were there to be destroyed, not 2"),
            )),
        },
        Err(error) => {
            // What remains is found by its label at the end of the run.
            let _ = destroy::unfinished(token, key.id, &key.label);
            Err(error)
        }
    }
}

/// What a thread that ended by a panic is.
fn ended<T>(thread: std::thread::Result<Result<T>>) -> Result<T> {
    thread.unwrap_or_else(|_| {
        Err(Error::new(
            ErrorKind::CorruptionDetected,
            "a thread that used the token ended by a panic",
        ))
    })
}
