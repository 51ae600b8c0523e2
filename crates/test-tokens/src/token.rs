//! Owns what a test needs to know about a token, and the daemons behind it.

use std::fmt;
use std::path::PathBuf;

use crate::daemon::Daemon;

/// The user PIN of every token that this crate makes: nothing else looks like it, as tests look for it in logs.
pub(crate) const PIN: &str = "pin-7x4k";

/// The label of every token that this crate may name.
pub(crate) const LABEL: &str = "parsec";

/// A token of this process, with its daemons: they stop when it is dropped, and with the process.
///
/// Of `slot`, `label` and `serial`, those are set that choose the token among those of the module.
pub struct TestToken {
    /// The path of the PKCS#11 module.
    pub module: PathBuf,
    /// `CK_SLOT_ID`.
    pub slot: Option<u64>,
    /// The label of the token, without padding.
    pub label: Option<String>,
    /// The serial number of the token.
    pub serial: Option<String>,
    /// The user PIN.
    pub user_pin: String,
    /// What the module needs as `pReserved` of `C_Initialize`.
    pub initialization_string: Option<String>,
    /// In the order in which they were started.
    daemons: Vec<Daemon>,
}

impl TestToken {
    /// A token that nothing chooses yet.
    pub(crate) fn new(module: PathBuf, daemons: Vec<Daemon>) -> Self {
        Self {
            module,
            slot: None,
            label: None,
            serial: None,
            user_pin: PIN.to_owned(),
            initialization_string: None,
            daemons,
        }
    }
}

impl Drop for TestToken {
    fn drop(&mut self) {
        while let Some(daemon) = self.daemons.pop() {
            drop(daemon);
        }
    }
}

impl fmt::Debug for TestToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestToken")
            .field("module", &self.module)
            .field("slot", &self.slot)
            .field("label", &self.label)
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}
