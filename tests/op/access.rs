//! Owns how a test reaches its token, whichever token it is.

use std::path::{Path, PathBuf};

use parsec_pkcs11_ecc::config::{Config, Section};
use parsec_pkcs11_ecc::token::Token;
use test_tokens::TestToken;

/// How a test reaches its token.
#[derive(Default)]
pub(crate) struct Access {
    pub(crate) module: PathBuf,
    pub(crate) slot: Option<u64>,
    pub(crate) label: Option<String>,
    pub(crate) serial: Option<String>,
    pub(crate) pin: String,
    pub(crate) initialization_string: Option<String>,
    /// A quirk profile, from the root of this package.
    pub(crate) profile: Option<PathBuf>,
}

impl Access {
    /// The options of a provider on this token.
    pub(crate) fn section(&self) -> Section {
        Section {
            library_path: Some(self.module.clone()),
            slot_number: self.slot,
            token_label: self.label.clone(),
            serial_number: self.serial.clone(),
            user_pin: Some(self.pin.clone().into()),
            initialization_string: self.initialization_string.clone(),
            quirk_profile: self
                .profile
                .as_ref()
                .map(|profile| Path::new(env!("CARGO_MANIFEST_DIR")).join(profile)),
            ..Section::default()
        }
    }

    /// The token, opened and logged in.
    pub(crate) fn open(&self) -> Token {
        Token::open(Config::try_from(self.section()).unwrap()).unwrap()
    }
}

impl From<&TestToken> for Access {
    fn from(token: &TestToken) -> Self {
        Self {
            module: token.module.clone(),
            slot: token.slot,
            label: token.label.clone(),
            serial: token.serial.clone(),
            pin: token.user_pin.clone(),
            initialization_string: token.initialization_string.clone(),
            profile: None,
        }
    }
}
