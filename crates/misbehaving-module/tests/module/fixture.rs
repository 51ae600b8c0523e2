//! Owns the fixture: a module between a test and a token that nothing else uses.

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as CryptokiError, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use misbehaving_module::control::Control;
use misbehaving_module::names::Rv;
use misbehaving_module::statistics::Statistics;
use softhsm_test::Token;
use tempfile::TempDir;

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The DER of the OID of secp256r1.
pub(crate) const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

pub(crate) struct Fixture {
    pub(crate) pkcs11: Pkcs11,
    pub(crate) token: Token,
    pub(crate) control: PathBuf,
    pub(crate) statistics: PathBuf,
    _directory: TempDir,
}

impl Fixture {
    pub(crate) fn new() -> Outcome<Self> {
        Self::with(|control| control)
    }

    /// With a control file before C_Initialize.
    pub(crate) fn with(change: impl FnOnce(Control) -> Control) -> Outcome<Self> {
        let fixture = Self::loaded(change)?;
        fixture.initialize()?;
        Ok(fixture)
    }

    /// Without C_Initialize.
    pub(crate) fn loaded(change: impl FnOnce(Control) -> Control) -> Outcome<Self> {
        let token = Token::new()?;
        let directory = tempfile::tempdir()?;
        let module = misbehaving_module::install(directory.path())?;
        let control = misbehaving_module::control_path(&module);
        let statistics = directory.path().join("statistics");
        let base = Control {
            statistics: Some(statistics.clone()),
            ..Control::forwarding_to(softhsm_test::module_path()?)
        };
        change(base).write(&control)?;
        Ok(Self {
            pkcs11: Pkcs11::new(&module)?,
            token,
            control,
            statistics,
            _directory: directory,
        })
    }

    pub(crate) fn initialize(&self) -> Outcome {
        let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        match self.pkcs11.initialize(arguments) {
            Err(CryptokiError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
            other => Ok(other?),
        }
    }

    /// What forwards everything.
    pub(crate) fn base(&self) -> Outcome<Control> {
        Ok(Control {
            statistics: Some(self.statistics.clone()),
            ..Control::forwarding_to(softhsm_test::module_path()?)
        })
    }

    /// Writes the control file.
    pub(crate) fn set(&self, change: impl FnOnce(Control) -> Control) -> Outcome {
        change(self.base()?).write(&self.control)?;
        Ok(())
    }

    pub(crate) fn statistics(&self) -> Outcome<Statistics> {
        Ok(Statistics::read(&self.statistics)?)
    }

    pub(crate) fn slot(&self) -> Outcome<Slot> {
        Ok(self.token.slot(&self.pkcs11)?)
    }

    pub(crate) fn session(&self) -> Outcome<Session> {
        Ok(self.pkcs11.open_rw_session(self.slot()?)?)
    }

    pub(crate) fn logged_in(&self) -> Outcome<Session> {
        let session = self.session()?;
        session.login(UserType::User, Some(&self.token.auth_pin()))?;
        Ok(session)
    }

    /// Runs a test of this binary once more, as a process of its own.
    pub(crate) fn child(test: &str) -> Outcome<Output> {
        let output = Command::new(env::current_exe()?)
            .args(["--exact", test, "--nocapture"])
            .env(CHILD, "1")
            .output()?;
        Ok(output)
    }
}

const CHILD: &str = "MISBEHAVING_TEST_CHILD";

/// Whether this is a child process.
pub(crate) fn is_child() -> bool {
    env::var_os(CHILD).is_some()
}

/// Runs the test in a child process, in which SoftHSM2 can be finalised.
pub(crate) fn in_child(test: &str, body: impl FnOnce() -> Outcome) -> Outcome {
    if is_child() {
        return body();
    }
    let output = Fixture::child(test)?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}{error}");
    assert!(printed.contains("1 passed"), "{printed}");
    Ok(())
}

/// A key pair of session objects: public, private.
pub(crate) fn key_pair(session: &Session) -> cryptoki::error::Result<(ObjectHandle, ObjectHandle)> {
    session.generate_key_pair(
        &Mechanism::EccKeyPairGen,
        &[
            Attribute::Token(false),
            Attribute::EcParams(P256.to_vec()),
            Attribute::Verify(true),
        ],
        &[
            Attribute::Token(false),
            Attribute::Sign(true),
            Attribute::Derive(true),
            Attribute::Sensitive(false),
            Attribute::Extractable(true),
        ],
    )
}

pub(crate) fn sign(session: &Session, key: ObjectHandle) -> cryptoki::error::Result<Vec<u8>> {
    session.sign(&Mechanism::Ecdsa, key, &[7; 32])
}

/// The name of the error of PKCS#11, or what else came out.
pub(crate) fn told<T: std::fmt::Debug>(result: cryptoki::error::Result<T>) -> String {
    match result {
        Err(CryptokiError::Pkcs11(rv, _)) => format!("{rv:?}"),
        other => format!("{other:?}"),
    }
}

pub(crate) fn rv(name: &str) -> Outcome<Rv> {
    Ok(name.parse::<Rv>()?)
}

/// Waits for what another thread or process does.
pub(crate) fn wait_until(what: &str, holds: impl Fn() -> Outcome<bool>) -> Outcome {
    let begin = Instant::now();
    while !holds()? {
        if begin.elapsed() > Duration::from_secs(30) {
            return Err(format!("{what}: not within 30 s").into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
