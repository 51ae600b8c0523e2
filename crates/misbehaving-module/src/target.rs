//! Owns the real module: loading it and calling its functions.

use std::ptr;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::{env, path::PathBuf};

use cryptoki_sys::{CK_FUNCTION_LIST, CKR_GENERAL_ERROR, Pkcs11};

use crate::control::Control;
use crate::location::TARGET;
use crate::names::Rv;
use crate::raw::{Outcome, outcome};

struct Target {
    path: PathBuf,
    functions: CK_FUNCTION_LIST,
}

static LOADED: OnceLock<Target> = OnceLock::new();
static LOADING: Mutex<()> = Mutex::new(());

/// Calls a function of the real module; a `return` with its error where it has none.
macro_rules! forward {
    ($name:ident $(, $argument:expr)* $(,)?) => {
        match $crate::target::functions()?.$name {
            Some(function) => {
                // SAFETY: the function is one of a PKCS#11 module, and its arguments are those of the
                // application, who vouches for them, or pointers to memory of this module that outlives
                // the call.
                $crate::raw::outcome(unsafe { function($($argument),*) })
            }
            None => Err($crate::names::Rv(cryptoki_sys::CKR_FUNCTION_NOT_SUPPORTED)),
        }
    };
}
pub(crate) use forward;

/// The functions of the real module, once it is loaded.
pub(crate) fn functions() -> Outcome<&'static CK_FUNCTION_LIST> {
    LOADED
        .get()
        .map(|target| &target.functions)
        .ok_or(Rv(CKR_GENERAL_ERROR))
}

/// Loads the real module, unless it is; once loaded it stays.
///
/// The error says what is wrong.
pub(crate) fn load(control: &Control) -> Result<(), String> {
    let wanted = control.target.as_ref();
    if let Some(target) = LOADED.get() {
        return check(target, wanted);
    }
    let _loading = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(target) = LOADED.get() {
        return check(target, wanted);
    }
    let path = match wanted {
        Some(path) => path.clone(),
        None => env::var_os(TARGET).map(PathBuf::from).ok_or_else(|| {
            format!("neither `target` in the control file nor {TARGET} names the real module")
        })?,
    };
    let functions = open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    // The lock is held, so it is not set.
    let _ = LOADED.set(Target { path, functions });
    Ok(())
}

fn check(target: &Target, wanted: Option<&PathBuf>) -> Result<(), String> {
    match wanted {
        Some(path) if *path != target.path => Err(format!(
            "the module {} is loaded and cannot be replaced by {}",
            target.path.display(),
            path.display()
        )),
        _ => Ok(()),
    }
}

fn open(path: &PathBuf) -> Result<CK_FUNCTION_LIST, String> {
    // SAFETY: loading a library runs its code; it is the PKCS#11 module that the test names.
    let library = unsafe { Pkcs11::new(path) }.map_err(|error| error.to_string())?;
    if let Err(error) = &library.C_GetFunctionList {
        return Err(error.to_string());
    }
    let mut list = ptr::null_mut();
    // SAFETY: the symbol is there, and `list` is a place for a pointer.
    let answer = outcome(unsafe { library.C_GetFunctionList(&raw mut list) });
    answer.map_err(|rv| format!("C_GetFunctionList: {rv}"))?;
    if list.is_null() {
        return Err("C_GetFunctionList gives no list".to_owned());
    }
    // SAFETY: not null, and the list of a module lives as long as the module, which stays loaded.
    let functions = unsafe { *list };
    std::mem::forget(library);
    Ok(functions)
}
