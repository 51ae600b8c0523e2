//! Owns a token behind the misbehaving module, and the orders to that.

use std::path::PathBuf;

use misbehaving_module::control::Control;
use misbehaving_module::statistics::Statistics;
use parsec_pkcs11_ecc::config::{Config, Section};
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::op::{NewKey, generate};
use parsec_pkcs11_ecc::token::Token;
use tempfile::TempDir;

use crate::fixture::{ALL_USES, new_key};

pub(crate) struct Faulty {
    pub(crate) softhsm: softhsm_test::Token,
    directory: TempDir,
    module: PathBuf,
}

impl Faulty {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let faulty = Self {
            softhsm: softhsm_test::Token::new().unwrap(),
            module: misbehaving_module::install(directory.path()).unwrap(),
            directory,
        };
        faulty.order(faulty.well_behaved());
        faulty
    }

    /// The order to forward everything.
    pub(crate) fn well_behaved(&self) -> Control {
        Control {
            statistics: Some(self.statistics_file()),
            ..Control::forwarding_to(softhsm_test::module_path().unwrap())
        }
    }

    pub(crate) fn order(&self, control: Control) {
        control
            .write(&misbehaving_module::control_path(&self.module))
            .unwrap();
    }

    pub(crate) fn section(&self) -> Section {
        Section {
            library_path: Some(self.module.clone()),
            serial_number: Some(self.softhsm.serial().to_owned()),
            user_pin: Some(self.softhsm.user_pin().to_owned().into()),
            ..Section::default()
        }
    }

    /// The token chosen by the number of its slot only.
    pub(crate) fn section_by_slot(&self) -> Section {
        Section {
            serial_number: None,
            slot_number: Some(self.softhsm.slot_number()),
            ..self.section()
        }
    }

    pub(crate) fn open(&self) -> Token {
        Token::open(Config::try_from(self.section()).unwrap()).unwrap()
    }

    pub(crate) fn statistics(&self) -> Statistics {
        Statistics::read(&self.statistics_file()).unwrap()
    }

    fn statistics_file(&self) -> PathBuf {
        self.directory.path().join("statistics")
    }
}

/// A key pair on P-256 that may do everything.
pub(crate) fn key_on(token: &Token) -> NewKey {
    let key = new_key(Curve::Secp256r1, ALL_USES);
    generate::generate(token, &key).unwrap();
    key
}
