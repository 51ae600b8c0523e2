//! Owns the initialisation of an empty token, by OpenSC's pkcs11-tool in processes of its own.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
use crate::installed::program;
use crate::token::{LABEL, PIN};

const SO_PIN: &str = "12345678";

/// Gives the first token of `module` its label and PINs; `variables` are for the module.
///
/// The PINs stand on command lines. They open nothing but this token, in a directory that other users
/// cannot enter.
pub(crate) fn initialize(module: &Path, variables: &[(&str, &OsStr)]) -> Result<()> {
    let run = |arguments: &[&str]| {
        succeed(
            Command::new(program("pkcs11-tool", "opensc")?)
                .envs(variables.iter().copied())
                .arg("--module")
                .arg(module)
                .args(["--so-pin", SO_PIN])
                .args(arguments),
        )
    };
    run(&["--init-token", "--slot-index", "0", "--label", LABEL])?;
    let login = ["--token-label", LABEL, "--login", "--login-type", "so"];
    run(&[&login[..], &["--init-pin", "--pin", PIN]].concat())?;
    Ok(())
}

/// Runs a program to its end; gives what it printed.
///
/// # Errors
///
/// If it says that it failed.
pub(crate) fn succeed(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|source| Error::new(format!("{name}: {source}")))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(Error::new(format!("{name}: {}: {errors}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
