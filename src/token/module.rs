//! Owns the loaded PKCS#11 module: loading, `C_Initialize` and `C_Finalize`.

use std::ffi::CString;
use std::fmt;
use std::mem;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::{Error as CryptokiError, RvError};
use log::{error, warn};

use crate::error::{Error, ErrorKind, Result};

use super::watch;

/// An initialised PKCS#11 module; finalised on drop, unless somebody else initialised it.
pub(crate) struct Module {
    pkcs11: Pkcs11,
    path: PathBuf,
    guest: bool,
    /// A module may keep the pointer that `C_Initialize` was given, so the string lives as long.
    initialization_string: Option<CString>,
}

impl Module {
    /// Loads the module at `path` and initialises it, with `initialization_string` as the
    /// `pReserved` argument of `C_Initialize` (PKCS#11 3.0, section 5.4).
    pub(crate) fn load(path: &Path, initialization_string: Option<CString>) -> Result<Self> {
        // A bare name is looked up by the dynamic linker.
        if path.components().count() > 1 && !path.exists() {
            return Err(configuration(
                path,
                "there is no such file; check library_path",
            ));
        }
        let pkcs11 = Pkcs11::new(path).map_err(|source| match source {
            CryptokiError::MissingSymbol(_) => configuration(
                path,
                "it is a library but not a PKCS#11 module: it lacks C_GetFunctionList",
            ),
            other => configuration(path, "it cannot be loaded").with_source(other),
        })?;
        // Some modules do not survive to be unloaded: opencryptoki leaves a thread behind. One that stays costs
        // nothing, and a file that was replaced meanwhile is another library to the linker.
        mem::forget(pkcs11.clone());
        watch::tell(Function::Initialize);
        let guest = match pkcs11.initialize(initialize_args(initialization_string.as_ref())) {
            Ok(()) => false,
            Err(CryptokiError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {
                warn!(
                    "The PKCS#11 module {} was initialised by another part of this process; it \
                     will not be finalised here.",
                    path.display()
                );
                true
            }
            Err(source) => {
                return Err(Error::from(source)
                    .with_kind(ErrorKind::Configuration)
                    .context(format_args!(
                        "the PKCS#11 module {} cannot be initialised; some modules need \
                         initialization_string or settings of their own",
                        path.display()
                    )));
            }
        };
        Ok(Self {
            pkcs11,
            path: path.to_owned(),
            guest,
            initialization_string,
        })
    }

    /// Finalises the module and initialises it again; no session may be open.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotPermitted`] if somebody else initialised it; what `C_Initialize` returned.
    pub(crate) fn reinitialize(&self) -> Result<()> {
        if self.guest {
            return Err(Error::new(
                ErrorKind::NotPermitted,
                "the PKCS#11 module belongs to another part of this process, which alone may \
                 initialise it again",
            ));
        }
        self.finalize();
        let args = initialize_args(self.initialization_string.as_ref());
        watch::tell(Function::Initialize);
        match self.pkcs11.initialize(args) {
            // It is ours: it could not be finalised, or was initialised by a call that told an error.
            Err(CryptokiError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
            initialized => Ok(initialized?),
        }
    }

    /// The module knows best whether it is initialised: errors leave that open.
    fn finalize(&self) {
        watch::tell(Function::Finalize);
        match self.pkcs11.clone().finalize() {
            Ok(()) | Err(CryptokiError::Pkcs11(RvError::CryptokiNotInitialized, _)) => {}
            Err(source) => error!(
                "The PKCS#11 module {} cannot be finalised: {}",
                self.path.display(),
                Error::from(source)
            ),
        }
    }

    /// The functions of the module.
    pub(crate) fn pkcs11(&self) -> &Pkcs11 {
        &self.pkcs11
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        if !self.guest {
            self.finalize();
        }
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module")
            .field("path", &self.path)
            .field("guest", &self.guest)
            .finish_non_exhaustive()
    }
}

fn configuration(path: &Path, what: &str) -> Error {
    Error::new(
        ErrorKind::Configuration,
        format!(
            "the PKCS#11 module {} cannot be used: {what}",
            path.display()
        ),
    )
}

fn initialize_args(initialization_string: Option<&CString>) -> CInitializeArgs {
    let flags = CInitializeFlags::OS_LOCKING_OK;
    match initialization_string.and_then(|string| NonNull::new(string.as_ptr().cast_mut())) {
        None => CInitializeArgs::new(flags),
        Some(pointer) => {
            #[allow(
                unsafe_code,
                reason = "pReserved is a raw pointer in PKCS#11, and cryptoki marks it so"
            )]
            // SAFETY: the pointer is to a NUL-terminated string that `Module` owns and that is
            // neither moved nor changed before the module is finalised.
            unsafe {
                CInitializeArgs::new_with_reserved(flags, pointer.cast())
            }
        }
    }
}
