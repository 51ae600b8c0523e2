//! Owns how a test reaches its token, whichever token it is.

use std::path::PathBuf;

use parsec_pkcs11_ecc::config::{Config, Section};
use parsec_pkcs11_ecc::token::Token;

/// How a test reaches its token.
pub(crate) struct Access {
    pub(crate) module: PathBuf,
    pub(crate) serial: Option<String>,
    pub(crate) pin: String,
    pub(crate) initialization_string: Option<String>,
}

impl Access {
    /// The options of a provider on this token.
    pub(crate) fn section(&self) -> Section {
        Section {
            library_path: Some(self.module.clone()),
            serial_number: self.serial.clone(),
            user_pin: Some(self.pin.clone().into()),
            initialization_string: self.initialization_string.clone(),
            ..Section::default()
        }
    }

    /// The token, opened and logged in.
    pub(crate) fn open(&self) -> Token {
        Token::open(Config::try_from(self.section()).unwrap()).unwrap()
    }
}
