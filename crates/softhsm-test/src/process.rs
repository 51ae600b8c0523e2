//! Owns the environment of the running process: the one that SoftHSM2 sees when a test loads it.
//!
//! SoftHSM2 reads `SOFTHSM2_CONF` at C_Initialize, so a process has one configuration. It is chosen
//! before `main`, where no other thread can be reading the environment, and its directory is made
//! when the first token is.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as CryptokiError, RvError};

use crate::directory::Directory;
use crate::environment::{Environment, VARIABLE, config_path};
use crate::error::{Error, Result};
use crate::module::module_path;
use crate::token::{NewToken, Token};

static CHOSEN: LazyLock<Option<PathBuf>> = LazyLock::new(|| Directory::unused_path().ok());
static STATE: Mutex<Option<State>> = Mutex::new(None);

struct State {
    environment: Environment,
    pkcs11: Pkcs11,
}

#[ctor::ctor(unsafe)]
fn choose_configuration() {
    let Some(directory) = process_directory_path() else {
        return;
    };
    #[allow(
        unsafe_code,
        reason = "SoftHSM2 takes its configuration from the process environment only"
    )]
    // SAFETY: this runs before `main`, when the process has one thread, so nothing else reads or
    // writes the environment.
    unsafe {
        env::set_var(VARIABLE, config_path(directory));
    }
}

#[dtor::dtor(unsafe)]
fn remove_directory() {
    // A thread that still holds the lock at the end of the process must not make it wait; the
    // directory is then removed as stale later.
    if let Ok(mut state) = STATE.try_lock() {
        drop(state.take());
    }
}

/// The SoftHSM2 of this process, initialised: the same one for all tests in it.
///
/// An application that initialises the module itself needs this only when several tests run as
/// threads of one process. Never call `finalize` on it while other tests run.
///
/// # Errors
/// [`Error::NotInstalled`] without SoftHSM2, [`Error::Refused`] as [`Token::new`],
/// [`Error::Pkcs11`] if C_Initialize fails.
pub fn pkcs11() -> Result<Pkcs11> {
    let mut guard = lock();
    let state = state(&mut guard)?;
    let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    match state.pkcs11.initialize(arguments) {
        Ok(()) | Err(CryptokiError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {
            Ok(state.pkcs11.clone())
        }
        Err(error) => Err(error.into()),
    }
}

/// The private directory of this process, made with the first token or by this call and removed at
/// the end of the process: for what else its tests want to be private.
///
/// # Errors
/// Those of [`pkcs11`], but the module is not initialised.
pub fn process_directory() -> Result<PathBuf> {
    Ok(state(&mut lock())?.environment.path().to_owned())
}

/// Where [`process_directory`] is or will be: known before `main`, for variables that other modules
/// take from the process environment. `None` if the system gave no random bytes for its name.
pub fn process_directory_path() -> Option<&'static Path> {
    CHOSEN.as_deref()
}

/// Makes a token that this process sees, whether or not it has initialised the module.
pub(crate) fn make(new: &NewToken) -> Result<Token> {
    let mut guard = lock();
    let state = state(&mut guard)?;
    if is_initialized(&state.pkcs11)? {
        return new.make_in_process(&state.pkcs11);
    }
    let token = new.make_in_child(&state.environment)?;
    // SoftHSM2 reads the token directory at C_Initialize only, which another thread may have
    // called meanwhile.
    if is_initialized(&state.pkcs11)? && token.slot(&state.pkcs11).is_err() {
        return new.make_in_process(&state.pkcs11);
    }
    Ok(token)
}

fn lock() -> MutexGuard<'static, Option<State>> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn state<'g>(guard: &'g mut MutexGuard<'static, Option<State>>) -> Result<&'g State> {
    let chosen = process_directory_path().ok_or_else(|| {
        Error::Refused("no configuration was chosen at the start of this process".to_owned())
    })?;
    check(chosen, env::var_os(VARIABLE).as_deref())?;
    match &mut **guard {
        Some(state) => Ok(state),
        empty => Ok(empty.insert(State {
            pkcs11: Pkcs11::new(module_path()?)?,
            environment: Environment::at(chosen.to_owned())?,
        })),
    }
}

/// Makes sure that the module, if it is initialised from now on, sees our tokens only.
fn check(chosen: &Path, variable: Option<&OsStr>) -> Result<()> {
    if variable == Some(config_path(chosen).as_os_str()) {
        return Ok(());
    }
    Err(Error::Refused(format!(
        "{VARIABLE} of this process was changed and may name tokens of others: leave it alone, \
         use Environment::apply for child processes"
    )))
}

fn is_initialized(pkcs11: &Pkcs11) -> Result<bool> {
    match pkcs11.get_library_info() {
        Ok(_) => Ok(true),
        Err(CryptokiError::Pkcs11(RvError::CryptokiNotInitialized, _)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_variable_is_refused() {
        let chosen = process_directory_path().unwrap();
        assert!(check(chosen, env::var_os(VARIABLE).as_deref()).is_ok());
        for changed in [None, Some("/etc/softhsm2.conf"), Some("")] {
            let error = check(chosen, changed.map(OsStr::new)).unwrap_err();
            assert!(matches!(error, Error::Refused(_)), "{error}");
        }
    }
}
