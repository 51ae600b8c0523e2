//! Owns the private directory of the process, and the variables by which modules find theirs in it.
//!
//! The modules read the variables from the process environment. They are set before `main`, where no
//! other thread can be reading it, as softhsm-test does with its own.

use std::env;
use std::ffi::OsString;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

pub(crate) const TPM2: &str = "tpm2";
pub(crate) const TPM2_BUS: &str = "bus";
pub(crate) const TPM2_STORE: &str = "store";
pub(crate) const P11_KIT: &str = "p11-kit";
pub(crate) const P11_KIT_SOCKET: &str = "socket";

#[ctor::ctor(unsafe)]
fn set_variables() {
    let Some(directory) = softhsm_test::process_directory_path() else {
        return;
    };
    for (name, value) in variables(directory) {
        #[allow(
            unsafe_code,
            reason = "these modules take their configuration from the process environment only"
        )]
        // SAFETY: this runs before `main`, when the process has one thread, so nothing else reads or
        // writes the environment.
        unsafe {
            env::set_var(name, value);
        }
    }
}

fn variables(directory: &Path) -> [(&'static str, OsString); 6] {
    let path = |directory: &Path, name: &str| directory.join(name).into_os_string();
    let socket = |directory: &Path, name: &str| {
        let mut address = OsString::from("unix:path=");
        address.push(directory.join(name));
        address
    };
    let tpm2 = directory.join(TPM2);
    [
        ("DBUS_SESSION_BUS_ADDRESS", socket(&tpm2, TPM2_BUS)),
        ("TPM2_PKCS11_STORE", path(&tpm2, TPM2_STORE)),
        ("TPM2_PKCS11_TCTI", "tabrmd:bus_type=session".into()),
        ("TPM2_PKCS11_LOG_LEVEL", "0".into()),
        ("TSS2_LOG", "all+NONE".into()),
        (
            "P11_KIT_SERVER_ADDRESS",
            socket(&directory.join(P11_KIT), P11_KIT_SOCKET),
        ),
    ]
}

/// Makes the directory of a token: one for each name and process, of mode 0700, removed at the end of
/// the process.
///
/// # Errors
///
/// If it is there already, or if a variable was changed and may name a token of somebody else.
pub(crate) fn new_directory(name: &str) -> Result<PathBuf> {
    let directory = softhsm_test::process_directory()?;
    for (name, value) in variables(&directory) {
        if env::var_os(name).as_ref() != Some(&value) {
            return Err(Error::new(format!(
                "refused: {name} of this process was changed and may name a token of others"
            )));
        }
    }
    let path = directory.join(name);
    DirBuilder::new()
        .mode(0o700)
        .create(&path)
        .map_err(Error::io(&path))?;
    Ok(path)
}
