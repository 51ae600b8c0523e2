//! Owns a token of Kryoptic: the embedded token that `ci/embedded-token` builds.

use std::path::PathBuf;
use std::{env, fs};

use crate::environment::new_directory;
use crate::error::{Error, Result};
use crate::initialization::initialize;
use crate::token::{LABEL, TestToken};

/// The variable that names the module.
const MODULE: &str = "EMBEDDED_TOKEN_MODULE";

/// Makes a token: one for a process.
///
/// # Errors
///
/// If EMBEDDED_TOKEN_MODULE does not name the module, or that does not make the token.
pub fn start() -> Result<TestToken> {
    let module = env::var_os(MODULE).map(PathBuf::from).ok_or_else(|| {
        Error::new(format!(
            "set {MODULE} to the path that ci/embedded-token prints"
        ))
    })?;
    let directory = new_directory("kryoptic")?;
    let configuration = directory.join("kryoptic.conf");
    let text = format!(
        "[[slots]]\nslot = 0\ndbtype = \"sqlite\"\ndbargs = \"{}\"\n",
        directory.join("token.sql").display()
    );
    fs::write(&configuration, text).map_err(Error::io(&configuration))?;
    initialize(&module, &[("KRYOPTIC_CONF", configuration.as_os_str())])?;
    let mut token = TestToken::new(module, Vec::new());
    token.label = Some(LABEL.to_owned());
    token.initialization_string = Some(format!("kryoptic_conf={}", configuration.display()));
    Ok(token)
}
