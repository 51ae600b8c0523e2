//! Owns the proof that a case finds a fault.

use misbehaving_module::control::Control;
use parsec_pkcs11_ecc::check::{CaseResult, Outcome};
use tempfile::TempDir;

use crate::access::Access;
use crate::run::check;

/// SoftHSM2 behind a module that misbehaves as `fault` says.
pub(crate) struct Faulty {
    pub(crate) access: Access,
    #[allow(dead_code, reason = "held for as long as the token")]
    directory: TempDir,
    _token: softhsm_test::Token,
}

impl Faulty {
    pub(crate) fn new(fault: impl FnOnce(&mut Control)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let token = softhsm_test::Token::new().unwrap();
        let module = misbehaving_module::install(directory.path()).unwrap();
        let mut control = Control::forwarding_to(softhsm_test::module_path().unwrap());
        fault(&mut control);
        control
            .write(&misbehaving_module::control_path(&module))
            .unwrap();
        Self {
            access: Access {
                module,
                serial: Some(token.serial().to_owned()),
                pin: token.user_pin().to_owned(),
                ..Access::default()
            },
            directory,
            _token: token,
        }
    }

    /// A file for the module to write.
    pub(crate) fn file(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }
}

/// Runs one case on a token with and without a fault: it passes without, and ends as `found` with it.
pub(crate) fn is_caught(id: &str, found: Outcome, fault: impl FnOnce(&mut Control)) -> CaseResult {
    let without = check(&Faulty::new(|_| {}).access, &["--filter", id]);
    assert_eq!(
        without.outcome(id),
        Outcome::Pass,
        "{:#?}",
        without.case(id)
    );
    let with = check(&Faulty::new(fault).access, &["--filter", id]);
    assert_eq!(with.outcome(id), found, "{:#?}", with.case(id));
    with.case(id).clone()
}
