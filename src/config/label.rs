//! Owns what the labels of this provider's objects on a token say.

use std::str::FromStr;

use super::refused;
use crate::error::{Error, Result};

/// What the `CKA_LABEL` of an object holds. The option is `label = "id"` or `label = "name"`.
///
/// Public objects can be read without login, so names of applications and keys are there only for
/// those who ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LabelStyle {
    /// The installation and a number: no name. The default.
    #[default]
    Id,
    /// The names of the application and of the key.
    Name,
}

impl FromStr for LabelStyle {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::Configuration`](crate::error::ErrorKind::Configuration) for any other word.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "id" => Ok(Self::Id),
            "name" => Ok(Self::Name),
            other => Err(refused(format!(
                "label is \"{}\": set it to \"id\" (a number) or \"name\" (application and key name)",
                other.escape_debug()
            ))),
        }
    }
}
