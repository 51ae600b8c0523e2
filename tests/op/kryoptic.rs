//! Owns the embedded token of a test process: a fresh one in a directory of its own.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::access::Access;

pub(crate) const PIN: &str = "123456";

/// The token and the directory that holds it.
pub(crate) struct Embedded {
    module: PathBuf,
    directory: TempDir,
}

impl Embedded {
    /// Makes an initialised token.
    ///
    /// One for a process: the module is initialised with one configuration.
    pub(crate) fn new() -> Self {
        let module = std::env::var_os("EMBEDDED_TOKEN_MODULE")
            .map(PathBuf::from)
            .expect("EMBEDDED_TOKEN_MODULE names the module that ci/embedded-token builds");
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(
            path("kryoptic.conf"),
            format!(
                "[[slots]]\nslot = 0\ndbtype = \"sqlite\"\ndbargs = \"{}\"\n",
                path("token.sql").display()
            ),
        )
        .unwrap();
        fs::write(path("so-pin"), "12345678").unwrap();
        fs::write(path("pin"), PIN).unwrap();
        let output = Command::new(init_token())
            .env("KRYOPTIC_CONF", path("kryoptic.conf"))
            .arg(&module)
            .arg("parsec")
            .args([path("so-pin"), path("pin")])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Self { module, directory }
    }

    /// How to reach it with `pin`.
    pub(crate) fn access(&self, pin: &str) -> Access {
        let configuration = self.directory.path().join("kryoptic.conf");
        Access {
            module: self.module.clone(),
            serial: None,
            pin: pin.to_owned(),
            initialization_string: Some(format!("kryoptic_conf={}", configuration.display())),
        }
    }
}

/// The example that Cargo builds beside this test.
fn init_token() -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.push("examples/init_token");
    path
}
