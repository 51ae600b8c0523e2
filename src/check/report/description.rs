//! Owns how a token and its module describe themselves.

use cryptoki::context::Function;
use serde::{Deserialize, Serialize};

use crate::check::subject::Subject;
use crate::error::Result;

/// What `C_GetInfo`, `C_GetSlotInfo` and `C_GetTokenInfo` say, without padding; empty where they do not answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenDescription {
    /// `libraryDescription`
    pub library: String,
    /// `manufacturerID` of the library
    pub library_manufacturer: String,
    /// `libraryVersion`
    pub library_version: String,
    /// `cryptokiVersion`
    pub cryptoki_version: String,
    /// `slotDescription`
    pub slot: String,
    /// `label`
    pub label: String,
    /// `manufacturerID` of the token
    pub manufacturer: String,
    /// `model`
    pub model: String,
    /// `serialNumber`
    pub serial: String,
    /// `firmwareVersion`
    pub firmware_version: String,
    /// `hardwareVersion`
    pub hardware_version: String,
}

impl TokenDescription {
    /// Each of them with a name for people.
    pub fn named(&self) -> [(&'static str, &str); 11] {
        [
            ("token label", &self.label),
            ("token manufacturer", &self.manufacturer),
            ("token model", &self.model),
            ("serial number", &self.serial),
            ("firmware version", &self.firmware_version),
            ("hardware version", &self.hardware_version),
            ("slot", &self.slot),
            ("library", &self.library),
            ("library manufacturer", &self.library_manufacturer),
            ("library version", &self.library_version),
            ("PKCS#11 version", &self.cryptoki_version),
        ]
    }
}

/// Opens the token and asks it.
///
/// # Errors
///
/// Those of opening it; what cannot be asked stays empty.
pub(in crate::check) fn describe(subject: &mut Subject) -> Result<TokenDescription> {
    let token = subject.token()?;
    token.repeat(|session| {
        let mut description = TokenDescription::default();
        let info = session.ask(Function::GetInfo, |pkcs11, _| pkcs11.get_library_info());
        if let Ok(info) = info {
            description.library = text(info.library_description());
            description.library_manufacturer = text(info.manufacturer_id());
            description.library_version = info.library_version().to_string();
            description.cryptoki_version = info.cryptoki_version().to_string();
        }
        let info = session.ask(Function::GetSlotInfo, |pkcs11, slot| {
            pkcs11.get_slot_info(slot)
        });
        if let Ok(info) = info {
            description.slot = text(info.slot_description());
        }
        let info = session.ask(Function::GetTokenInfo, |pkcs11, slot| {
            pkcs11.get_token_info(slot)
        });
        if let Ok(info) = info {
            description.label = text(info.label());
            description.manufacturer = text(info.manufacturer_id());
            description.model = text(info.model());
            description.serial = text(info.serial_number());
            description.firmware_version = info.firmware_version().to_string();
            description.hardware_version = info.hardware_version().to_string();
        }
        Ok(description)
    })
}

fn text(padded: &str) -> String {
    padded.trim_matches([' ', '\0']).to_owned()
}
