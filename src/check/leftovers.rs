//! Owns the objects that runs left on a token: found by their label, and nothing else is ever removed.

use cryptoki::context::Function;
use cryptoki::object::{AttributeType, ObjectHandle};

use super::request::Target;
use super::run_id::LABEL_PREFIX;
use crate::config::Pin;
use crate::error::{CkrClass, Result};
use crate::token::{KeyClass, PooledSession, Token, read};

/// An object that a run made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// What it is.
    pub class: KeyClass,
    /// Its label: `parsec:check-RUN:ID`.
    pub label: String,
    handle: ObjectHandle,
}

/// The key objects of a run; of every run without one.
///
/// # Errors
///
/// What finding or reading them returned.
pub(crate) fn find(session: &PooledSession, run: Option<&str>) -> Result<Vec<Leftover>> {
    let prefix = match run {
        Some(run) => format!("{LABEL_PREFIX}{run}:"),
        None => LABEL_PREFIX.to_owned(),
    };
    let mut leftovers = Vec::new();
    for class in [KeyClass::Private, KeyClass::Public] {
        let template = [class.attribute()];
        let found = session.look(Function::FindObjects, |session| {
            session.find_objects(&template)
        })?;
        for handle in found {
            match label(session, handle) {
                Ok(Some(label)) if label.starts_with(&prefix) => leftovers.push(Leftover {
                    class,
                    label,
                    handle,
                }),
                Ok(_) => {}
                // It was destroyed meanwhile.
                Err(error) if error.ckr_class() == Some(CkrClass::Handle) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(leftovers)
}

/// Removes them; one whose label is another by now is left.
///
/// # Errors
///
/// What reading or destroying them returned.
pub(crate) fn remove(session: &PooledSession, leftovers: &[Leftover]) -> Result<usize> {
    let mut removed = 0;
    for leftover in leftovers {
        match label(session, leftover.handle) {
            Ok(Some(label)) if label == leftover.label => {
                session.change(Function::DestroyObject, |session| {
                    session.destroy_object(leftover.handle)
                })?;
                removed += 1;
            }
            Ok(_) => {}
            // The other half of the pair went with it.
            Err(error) if error.ckr_class() == Some(CkrClass::Handle) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(removed)
}

/// Finds what earlier runs left on a token, shows it to `confirm`, and removes it if that says so.
///
/// # Errors
///
/// Those of opening the token; what finding, reading or destroying the objects returned.
pub fn clean(
    target: &Target,
    pin: Option<Pin>,
    confirm: impl FnOnce(&[Leftover]) -> bool,
) -> Result<usize> {
    let token = Token::open(target.config(pin, "")?)?;
    let leftovers = token.repeat(|session| find(session, None))?;
    match !leftovers.is_empty() && confirm(&leftovers) {
        true => token.repeat(|session| remove(session, &leftovers)),
        false => Ok(0),
    }
}

/// Removes what `run` left.
///
/// # Errors
///
/// As those of [`find`] and [`remove`].
pub(crate) fn sweep(token: &Token, run: &str) -> Result<usize> {
    token.repeat(|session| remove(session, &find(session, Some(run))?))
}

fn label(session: &PooledSession, handle: ObjectHandle) -> Result<Option<String>> {
    let label = read(session, handle, AttributeType::Label)?;
    Ok(label.and_then(|label| String::from_utf8(label).ok()))
}
