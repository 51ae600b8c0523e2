//! Owns the survey of a token: which keys are on it.

use crate::error::Result;
use crate::token::{self, KeyClass, KeyId, Token};

pub use token::SurveyedKey;

/// The identifier and label of every EC key object of this class.
///
/// `go_on` is asked before each object; once it says no, the rest is left out.
///
/// # Errors
///
/// What finding or reading them returned.
pub fn keys(token: &Token, class: KeyClass, go_on: &dyn Fn() -> bool) -> Result<Vec<SurveyedKey>> {
    token.repeat(|session| token::survey(session, class, go_on))
}

/// Whether the token has an object of this class with this identifier, of any type of key.
///
/// # Errors
///
/// What the search returned.
pub fn holds(token: &Token, class: KeyClass, id: KeyId) -> Result<bool> {
    token.repeat(|session| token::holds(session, class, id))
}
