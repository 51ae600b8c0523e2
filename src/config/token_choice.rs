//! Owns which token of a module is meant.

use std::fmt;

use super::{Section, refused};
use crate::error::Result;

/// Which token to use: every field that is set must match.
///
/// There is one exception, as Parsec's own provider has it: beside a serial number, the slot is
/// only a hint, and another slot is worth a warning. With nothing set, the module must have
/// exactly one token.
///
/// The texts are compared without the blanks that pad `CK_TOKEN_INFO` (PKCS#11 3.1, section
/// 3.2): at the end of all of them, and also at the beginning of a serial number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenChoice {
    /// The slot's `CK_SLOT_ID`.
    pub slot: Option<u64>,
    /// `serialNumber`, at most 16 bytes.
    pub serial: Option<String>,
    /// `label`, at most 32 bytes.
    pub label: Option<String>,
    /// `manufacturerID`, at most 32 bytes.
    pub manufacturer: Option<String>,
    /// `model`, at most 16 bytes.
    pub model: Option<String>,
}

impl TokenChoice {
    /// The choice of the same token once more, which had the serial number `serial` when it was chosen: in
    /// whichever slot it is by then, if that number tells it from others.
    pub(crate) fn again(&self, serial: &str) -> Self {
        Self {
            serial: match tells_tokens_apart(serial) {
                true => Some(serial.to_owned()),
                false => self.serial.clone(),
            },
            ..self.clone()
        }
    }

    /// The choice of the options of `section`, or that of its URI.
    pub(super) fn from_options(section: &Section, uri: Self) -> Result<Self> {
        if section.token_uri.is_some() {
            let options = [
                ("slot_number", section.slot_number.is_some()),
                ("serial_number", section.serial_number.is_some()),
                ("token_label", section.token_label.is_some()),
            ];
            if let Some((name, _)) = options.iter().find(|(_, set)| *set) {
                return Err(refused(format!(
                    "token_uri and {name} both choose the token: keep one of them"
                )));
            }
            return uri.checked("token_uri: serial", "token_uri: token");
        }
        for (name, option) in [
            ("serial_number", &section.serial_number),
            ("token_label", &section.token_label),
        ] {
            if option.as_deref().is_some_and(|text| text.trim().is_empty()) {
                return Err(refused(format!(
                    "{name} is empty: set it to that of the token, or leave it out"
                )));
            }
        }
        Self {
            slot: section.slot_number,
            serial: section.serial_number.clone(),
            label: section.token_label.clone(),
            manufacturer: None,
            model: None,
        }
        .checked("serial_number", "token_label")
    }

    /// Takes padding off, and refuses what no token can match.
    fn checked(mut self, serial_name: &str, label_name: &str) -> Result<Self> {
        self.serial = self.serial.map(|text| text.trim().to_owned());
        for text in [&mut self.label, &mut self.manufacturer, &mut self.model] {
            *text = text
                .take()
                .map(|text| text.trim_end_matches(' ').to_owned());
        }
        for (name, text, limit) in [
            (serial_name, &self.serial, 16),
            (label_name, &self.label, 32),
            ("token_uri: manufacturer", &self.manufacturer, 32),
            ("token_uri: model", &self.model, 16),
        ] {
            let length = text.as_deref().map_or(0, str::len);
            if length > limit {
                return Err(refused(format!(
                    "{name} has {length} bytes, but no token has more than {limit}: copy it from the token (for example from `pkcs11-tool --list-slots`)"
                )));
            }
        }
        Ok(self)
    }
}

/// Whether a serial number is that of one token: tpm2-pkcs11 and NSS give zeros to all of theirs.
pub(crate) fn tells_tokens_apart(serial: &str) -> bool {
    serial
        .chars()
        .any(|character| !matches!(character, '0' | ' '))
}

/// As a person says it: `serial 05ef27c1, label parsec`, or `the only token`.
impl fmt::Display for TokenChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slot = self.slot.map(|slot| slot.to_string());
        let mut separator = "";
        for (name, text) in [
            ("slot", &slot),
            ("serial", &self.serial),
            ("label", &self.label),
            ("manufacturer", &self.manufacturer),
            ("model", &self.model),
        ] {
            if let Some(text) = text {
                write!(f, "{separator}{name} {}", text.escape_debug())?;
                separator = ", ";
            }
        }
        if separator.is_empty() {
            f.write_str("the only token")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A serial number that tokens share tells nothing.
    #[test]
    fn a_token_is_chosen_again_as_before_and_by_its_serial_number() {
        let chosen = TokenChoice {
            slot: Some(3),
            label: Some("parsec".into()),
            ..TokenChoice::default()
        };
        let by_serial = TokenChoice {
            serial: Some("05ef27c1".into()),
            ..chosen.clone()
        };
        assert_eq!(chosen.again("05ef27c1"), by_serial);
        for serial in ["", "0000000000000000", "0"] {
            assert_eq!(chosen.again(serial), chosen);
            assert_eq!(by_serial.again(serial), by_serial);
        }
    }

    #[test]
    fn display_says_what_is_set() {
        let mut choice = TokenChoice::default();
        assert_eq!(choice.to_string(), "the only token");
        choice.label = Some("parsec\n".into());
        assert_eq!(choice.to_string(), "label parsec\\n");
        choice.slot = Some(3);
        choice.serial = Some("05ef27c1".into());
        assert_eq!(
            choice.to_string(),
            "slot 3, serial 05ef27c1, label parsec\\n"
        );
    }
}
