//! Owns a finding: what was expected of the token, what came, and what helps.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// One thing that is wrong with a token, or that Parsec has to work around.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What the standard asks for.
    pub expected: String,
    /// What came instead.
    pub actual: String,
    /// The PKCS#11 function whose answer it was, `C_Sign` for example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// What it returned, `CKR_DEVICE_ERROR` for example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What the vendor or the operator can do.
    pub remedy: String,
}

impl Finding {
    /// A finding; who made the call, and what helps, can be added.
    pub(crate) fn new(expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self {
            expected: expected.into(),
            actual: actual.into(),
            call: None,
            value: None,
            remedy: "ask the vendor of the token for a version that does as the standard says"
                .into(),
        }
    }

    /// What an error says.
    pub(crate) fn of(expected: impl Into<String>, error: &Error) -> Self {
        let finding = Self::new(expected, error.to_string());
        Self {
            call: error.function().map(|function| format!("C_{function:?}")),
            value: error.ckr().map(ckr_name),
            ..finding
        }
    }

    /// The call and what it returned, in words.
    pub fn answer(&self) -> Option<String> {
        match (&self.call, &self.value) {
            (Some(call), Some(value)) => Some(format!("{call} returned {value}")),
            (Some(call), None) => Some(call.clone()),
            (None, value) => value.clone(),
        }
    }

    /// The same, of this call.
    pub(crate) fn by(mut self, call: &str) -> Self {
        self.call = Some(call.to_owned());
        self
    }

    /// The same, with what helps.
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }
}

/// The name of a return value as the standard writes it.
pub(crate) fn ckr_name(value: cryptoki::error::RvError) -> String {
    let mut name = "CKR".to_owned();
    for character in format!("{value:?}").chars() {
        if character.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(character.to_ascii_uppercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptoki::error::RvError;

    #[test]
    fn names_are_those_of_the_standard() {
        assert_eq!(ckr_name(RvError::DeviceError), "CKR_DEVICE_ERROR");
        assert_eq!(ckr_name(RvError::DataLenRange), "CKR_DATA_LEN_RANGE");
    }
}
