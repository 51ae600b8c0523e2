//! Owns the places where modules and programs are looked for.

use std::env;
use std::path::PathBuf;

use crate::error::{Error, Result};

/// The shared library with the first of these names that is there; Debian's `package` has it.
pub(crate) fn library(names: &[&str], package: &str) -> Result<PathBuf> {
    let multiarch = format!("/usr/lib/{}-linux-gnu", env::consts::ARCH);
    [multiarch.as_str(), "/usr/lib64", "/usr/lib"]
        .iter()
        .flat_map(|directory| {
            names
                .iter()
                .map(move |name| PathBuf::from(directory).join(name))
        })
        .find(|path| path.is_file())
        .ok_or_else(|| missing(names, package))
}

/// The program of that name; Debian's `package` has it.
pub(crate) fn program(name: &str, package: &str) -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Daemons live where the PATH of a user who is not root does not lead.
    env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|directory| directory.join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| missing(&[name], package))
}

fn missing(names: &[&str], package: &str) -> Error {
    Error::new(format!(
        "{} is not installed: apt-get install {package}, or ci/install-dependencies test",
        names.join(" or ")
    ))
}
