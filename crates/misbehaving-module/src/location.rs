//! Owns where things are: the built module, and the files that belong to it.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::raw;

/// The environment variable that names the control file. Without it, it is the file beside the module
/// that has its name and the extension `toml`.
pub const CONTROL: &str = "MISBEHAVING_CONTROL";

/// The environment variable that names the real module, where the control file does not.
pub const TARGET: &str = "MISBEHAVING_TARGET";

const FILE: &str = "libmisbehaving_module.so";

/// The built module, for the tests, benches and examples of a package that has this crate among its
/// dev-dependencies: Cargo then builds it into the directory `deps` of the profile.
///
/// # Errors
/// If it is not there: the running program is not one that Cargo built with this crate.
pub fn module_path() -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    // Tests are beside the module, examples below; doc tests are elsewhere, so there is the place that this
    // crate was built in as well: PROFILE/build/NAME/out.
    let of_program = program.ancestors().skip(1).take(2);
    let of_build = Path::new(env!("OUT_DIR")).ancestors().skip(3).take(1);
    of_program
        .chain(of_build)
        .flat_map(|directory| [directory.join("deps").join(FILE), directory.join(FILE)])
        .find(|path| path.is_file())
        .ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                format!(
                    "{FILE} is not in the build directory of {}: make misbehaving-module a \
                     dev-dependency of its package",
                    program.display()
                ),
            )
        })
}

/// Copies the module into a directory, where its control file is then looked for beside it: the file
/// [`control_path`] of what is returned. Each copy is a module of its own, also within one process.
///
/// # Errors
/// As [`module_path()`], and if it cannot be copied.
pub fn install(directory: &Path) -> io::Result<PathBuf> {
    let copy = directory.join(FILE);
    fs::copy(module_path()?, &copy)?;
    Ok(copy)
}

/// The control file of an installed module.
pub fn control_path(module: &Path) -> PathBuf {
    module.with_extension("toml")
}

/// The control file of this module: the one that the environment names, or the one beside it, if there
/// is any.
pub(crate) fn control_of_this_module() -> Option<PathBuf> {
    if let Some(path) = env::var_os(CONTROL) {
        return Some(path.into());
    }
    let beside = control_path(&raw::path_of_this_library()?);
    beside.is_file().then_some(beside)
}
