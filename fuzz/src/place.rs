//! Owns the token, the mappings and the service of a process that fuzzes.
//!
//! `FUZZ_TOKEN` chooses the token: `kryoptic` (default; `EMBEDDED_TOKEN_MODULE` names its module) with mappings
//! on disk, or `softhsm` with mappings in a database.

use std::fs;
use std::path::PathBuf;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as CryptokiError, RvError};
use cryptoki::object::{Attribute, ObjectClass};
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::service::fuzzing::Service;
use tempfile::TempDir;

/// Options that a start of the service may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    pub software: bool,
    pub forbid_export: bool,
    pub forbid_deprecated: bool,
    pub verify_after_sign: bool,
    pub no_handle_cache: bool,
    pub label_by_name: bool,
}

/// Which token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    Kryoptic,
    SoftHsm,
}

impl TokenKind {
    /// Whether the token makes keys on the curve: docs/interop.md.
    pub fn has(self, curve: Curve) -> bool {
        match self {
            Self::Kryoptic => matches!(
                curve,
                Curve::Secp256r1
                    | Curve::Secp384r1
                    | Curve::Secp521r1
                    | Curve::Curve25519
                    | Curve::Curve448
            ),
            Self::SoftHsm => !curve.is_montgomery() && curve.name() != "FRP256v1",
        }
    }

    /// Whether it agrees on secrets there: docs/interop.md.
    pub fn agrees(self, curve: Curve) -> bool {
        let lacks = self == Self::SoftHsm && matches!(curve, Curve::Sect233k1 | Curve::Sect409k1);
        self.has(curve) && !lacks
    }
}

/// A service on a token of its own.
pub struct Place {
    pub kind: TokenKind,
    pub options: Options,
    directory: TempDir,
    module: PathBuf,
    /// Lines of the provider's section that choose the token.
    chooser: String,
    service: Option<Service>,
    /// Never dropped, as the module may not be unloaded.
    raw: Pkcs11,
}

impl Place {
    /// Makes a token and starts the service.
    pub fn new() -> Self {
        let softhsm = std::env::var("FUZZ_TOKEN").is_ok_and(|token| token == "softhsm");
        let (kind, module, chooser, pin) = if softhsm {
            let token = softhsm_test::Token::new().expect("SoftHSM2 makes a token");
            let chooser = format!("serial_number = \"{}\"\n", token.serial());
            let module = softhsm_test::module_path().expect("SoftHSM2 is installed");
            let pin = token.user_pin().to_owned();
            (TokenKind::SoftHsm, module, chooser, pin)
        } else {
            let token = test_tokens::kryoptic::start().expect("Kryoptic makes a token");
            let label = token.label.clone().expect("the token has a label");
            let initialization = token.initialization_string.clone().unwrap_or_default();
            let chooser = format!(
                "token_label = \"{label}\"\ninitialization_string = \"{initialization}\"\n"
            );
            let module = token.module.clone();
            let pin = token.user_pin.clone();
            (TokenKind::Kryoptic, module, chooser, pin)
        };
        crate::log::watch(&pin);
        let raw = Pkcs11::new(&module).expect("the module loads");
        let mut place = Self {
            kind,
            options: Options::default(),
            directory: tempfile::tempdir().expect("there is room for a directory"),
            module,
            chooser: format!("{chooser}user_pin = \"{pin}\"\n"),
            service: None,
            raw,
        };
        place.start(Options::default());
        place
    }

    pub fn service(&self) -> &Service {
        self.service.as_ref().expect("it was started")
    }

    /// Stops the service and starts it again.
    pub fn restart(&mut self, options: Options) {
        drop(self.service.take());
        self.start(options);
    }

    fn start(&mut self, options: Options) {
        let file = self.directory.path().join("config.toml");
        fs::write(&file, self.config(options)).expect("the configuration can be written");
        let service = Service::start(&file).unwrap_or_else(|error| panic!("no start: {error}"));
        self.service = Some(service);
        self.options = options;
    }

    fn config(&self, options: Options) -> String {
        let path = |name: &str| self.directory.path().join(name).display().to_string();
        let manager = match self.kind {
            TokenKind::Kryoptic => format!(
                "manager_type = \"OnDisk\"\nstore_path = \"{}\"",
                path("mappings")
            ),
            TokenKind::SoftHsm => format!(
                "manager_type = \"SQLite\"\nsqlite_db_path = \"{}\"",
                path("mappings.sqlite3")
            ),
        };
        let label = if options.label_by_name { "name" } else { "id" };
        format!(
            "[core_settings]\nallow_root = true\nlog_error_details = true\nallow_deprecated = {}\n\
             [listener]\nlistener_type = \"DomainSocket\"\ntimeout = 2000\nsocket_path = \"{}\"\n\
             [authenticator]\nauth_type = \"Direct\"\nadmins = [{{ name = \"admin\" }}]\n\
             [[key_manager]]\nname = \"manager\"\n{manager}\n\
             [[provider]]\nprovider_type = \"Pkcs11\"\nkey_info_manager = \"manager\"\ninstance = \"fuzz\"\n\
             library_path = \"{}\"\n{}software_public_operations = {}\nallow_export = {}\n\
             verify_after_sign = {}\nhandle_cache = {}\nlabel = \"{label}\"\n",
            !options.forbid_deprecated,
            path("parsec.sock"),
            self.module.display(),
            self.chooser,
            options.software,
            !options.forbid_export,
            options.verify_after_sign,
            !options.no_handle_cache,
        )
    }

    /// The keys on the token, of every class: looked at past the service.
    pub fn objects(&self) -> usize {
        let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        match self.raw.initialize(arguments) {
            Err(CryptokiError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            other => panic!("the service holds the module: {other:?}"),
        }
        let slots = self.raw.get_slots_with_initialized_token().expect("slots");
        let slot = slots.first().copied().expect("the token is there");
        let session = self.raw.open_ro_session(slot).expect("a session");
        let count = |class: ObjectClass| {
            let found = session.find_objects(&[Attribute::Class(class)]);
            found.expect("objects").len()
        };
        count(ObjectClass::PUBLIC_KEY)
            + count(ObjectClass::PRIVATE_KEY)
            + count(ObjectClass::SECRET_KEY)
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}
