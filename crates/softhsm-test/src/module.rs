//! Owns the places where SoftHSM2 is looked for.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

pub(crate) const MODULE_VARIABLE: &str = "SOFTHSM2_MODULE";
pub(crate) const UTIL_VARIABLE: &str = "SOFTHSM2_UTIL";

const MODULES: [&str; 8] = [
    // Debian, Ubuntu
    "/usr/lib/softhsm/libsofthsm2.so",
    // Fedora, Red Hat
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/lib/pkcs11/libsofthsm2.so",
    // openSUSE, Arch, Alpine
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib/libsofthsm2.so",
    // its own `make install`
    "/usr/local/lib/softhsm/libsofthsm2.so",
    // Homebrew on Apple and on Intel processors
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    "/usr/local/opt/softhsm/lib/softhsm/libsofthsm2.so",
];

const UTIL: &str = "softhsm2-util";

/// The path of SoftHSM2's PKCS#11 module: the variable `SOFTHSM2_MODULE` if it is set, else the
/// first that exists of the places where Debian, Ubuntu, Fedora, openSUSE, Arch, Alpine, Homebrew
/// and SoftHSM2 itself install it.
///
/// # Errors
/// [`Error::NotInstalled`] if it is in none of them.
pub fn module_path() -> Result<PathBuf> {
    match env::var_os(MODULE_VARIABLE) {
        Some(path) => first_file("SoftHSM2 module", [PathBuf::from(path)]),
        None => first_file("SoftHSM2 module", MODULES.map(PathBuf::from)),
    }
}

/// The path of `softhsm2-util`: the variable `SOFTHSM2_UTIL` if it is set, else the first one on
/// `PATH` and in the usual directories.
///
/// # Errors
/// [`Error::NotInstalled`] if it is in none of them.
pub fn util_path() -> Result<PathBuf> {
    if let Some(path) = env::var_os(UTIL_VARIABLE) {
        return first_file("softhsm2-util", [PathBuf::from(path)]);
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].map(PathBuf::from);
    let places = env::split_paths(&path)
        .filter(|directory| directory.is_absolute())
        .chain(usual)
        .map(|directory| directory.join(UTIL));
    first_file("softhsm2-util", places)
}

fn first_file(what: &'static str, places: impl IntoIterator<Item = PathBuf>) -> Result<PathBuf> {
    let mut searched = Vec::new();
    for place in places {
        if Path::is_file(&place) {
            return Ok(place);
        }
        searched.push(place);
    }
    Err(Error::NotInstalled { what, searched })
}
