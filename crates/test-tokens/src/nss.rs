//! Owns a token of NSS softokn: the certificate and key database of Firefox and its relatives.

use std::fs;
use std::process::Command;

use crate::environment::new_directory;
use crate::error::{Error, Result};
use crate::initialization::succeed;
use crate::installed::{library, program};
use crate::token::{PIN, TestToken};

/// The slot of the key database; slot 1 holds what needs no login.
const KEY_SLOT: u64 = 2;

/// Makes a key database: one for a process.
///
/// # Errors
///
/// If NSS is not installed or does not make it.
pub fn start() -> Result<TestToken> {
    let module = library(&["libsoftokn3.so", "nss/libsoftokn3.so"], "libnss3")?;
    let certutil = program("certutil", "libnss3-tools")?;
    let directory = new_directory("nss")?;
    let database = format!("sql:{}", directory.display());
    let pin_file = directory.join("pin");
    fs::write(&pin_file, PIN).map_err(Error::io(&pin_file))?;
    succeed(
        Command::new(certutil)
            .args(["-N", "-d", &database, "-f"])
            .arg(&pin_file),
    )?;
    let mut token = TestToken::new(module, Vec::new());
    token.slot = Some(KEY_SLOT);
    token.initialization_string = Some(format!(
        "configDir='{database}' certPrefix='' keyPrefix='' secmod='secmod.db' flags="
    ));
    Ok(token)
}
