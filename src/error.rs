//! Owns the one error type of this crate and the table of PKCS#11 return values.

mod ckr;

use std::borrow::Cow;
use std::fmt;

use cryptoki::context::Function;
use cryptoki::error::{Error as CryptokiError, RvError};

pub use ckr::{CkrClass, CkrRow};

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What a caller can do about an [`Error`].
///
/// The kinds follow the status codes of the PSA Crypto API 1.1, section 8.1, where that has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input is malformed or does not match its key: `PSA_ERROR_INVALID_ARGUMENT`.
    InvalidArgument,
    /// This token or build cannot do it: `PSA_ERROR_NOT_SUPPORTED`.
    NotSupported,
    /// A policy or the configuration forbids it: `PSA_ERROR_NOT_PERMITTED`.
    NotPermitted,
    /// The signature does not verify: `PSA_ERROR_INVALID_SIGNATURE`.
    InvalidSignature,
    /// No such key on the token: `PSA_ERROR_DOES_NOT_EXIST`.
    DoesNotExist,
    /// The token has no room: `PSA_ERROR_INSUFFICIENT_STORAGE`.
    InsufficientStorage,
    /// The host or the token is out of working memory: `PSA_ERROR_INSUFFICIENT_MEMORY`.
    InsufficientMemory,
    /// The token has no entropy: `PSA_ERROR_INSUFFICIENT_ENTROPY`.
    InsufficientEntropy,
    /// The device failed or is gone: `PSA_ERROR_HARDWARE_FAILURE`.
    HardwareFailure,
    /// What the token returned cannot be right: `PSA_ERROR_CORRUPTION_DETECTED`.
    CorruptionDetected,
    /// The token answered in a way that fits nothing else: `PSA_ERROR_COMMUNICATION_FAILURE`.
    CommunicationFailure,
    /// The token wants a login that it did not get: `PSA_ERROR_NOT_PERMITTED` for a client.
    NotLoggedIn,
    /// The PIN was refused, is locked, or was not tried because a refusal would lock it.
    PinRefused,
    /// The token is away or failed, and is being looked for: `PSA_ERROR_HARDWARE_FAILURE`.
    TokenAway,
    /// All sessions stayed in use for the configured time.
    SessionsExhausted,
    /// Another process took the identifier of a key while it was made; a new one helps.
    IdClash,
    /// The token gave an object the handle of another one; the module is initialised anew then:
    /// `PSA_ERROR_HARDWARE_FAILURE`.
    HandleClash,
    /// The configuration is wrong: module, token, PIN source or option.
    Configuration,
}

/// An error: what happened, what helps, and which `C_` function returned what.
///
/// Its text never holds a PIN, a scalar, a secret, or the name of a key or an application.
pub struct Error {
    kind: ErrorKind,
    message: Cow<'static, str>,
    ckr: Option<(RvError, Function)>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `kind`; `message` says the situation and, where there is one, the remedy.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            ckr: None,
            source: None,
        }
    }

    /// The same error with the error that caused it.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same error, of another kind: for a caller who knows what a CKR means at its place.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// The same error behind a sentence that says what was being done.
    #[must_use]
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.message = Cow::Owned(format!("{context}: {}", self.message));
        self
    }

    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The value that the token returned, if a PKCS#11 call failed.
    pub fn ckr(&self) -> Option<RvError> {
        self.ckr.map(|(value, _)| value)
    }

    /// The function whose call failed, if a PKCS#11 call failed.
    pub fn function(&self) -> Option<Function> {
        self.ckr.map(|(_, function)| function)
    }

    /// Whether the token returned a value that tells nothing about what was refused: some tokens refuse so
    /// what they do not have.
    pub fn is_vague(&self) -> bool {
        matches!(
            self.ckr(),
            Some(RvError::ArgumentsBad | RvError::FunctionFailed | RvError::GeneralError)
        )
    }

    /// How the failed PKCS#11 call leaves session and token; `None` if no call failed.
    pub fn ckr_class(&self) -> Option<CkrClass> {
        self.ckr().map(|value| CkrRow::of(value).class)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.kind)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.source {
            Some(source) => write!(f, " ({source})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        }
    }
}

impl From<getrandom::Error> for Error {
    fn from(error: getrandom::Error) -> Self {
        Self::new(
            ErrorKind::InsufficientEntropy,
            "the operating system gives no random bytes",
        )
        .with_source(error)
    }
}

impl From<CryptokiError> for Error {
    fn from(error: CryptokiError) -> Self {
        match error {
            CryptokiError::Pkcs11(value, function) => {
                let row = CkrRow::of(value);
                Self {
                    kind: match (row.kind, function) {
                        // A PIN that was not tried was not refused either, whatever a module says.
                        (kind, Function::Login) => kind,
                        (ErrorKind::PinRefused, _) => ErrorKind::NotPermitted,
                        (kind, _) => kind,
                    },
                    message: Cow::Owned(format!("C_{function:?} returned {row}")),
                    ckr: Some((value, function)),
                    source: None,
                }
            }
            CryptokiError::NullFunctionPointer | CryptokiError::NotSupported => Self::new(
                ErrorKind::NotSupported,
                "the PKCS#11 module lacks a function that this operation needs",
            ),
            other => Self::new(
                ErrorKind::CommunicationFailure,
                "the PKCS#11 module answered with something that cannot be read",
            )
            .with_source(other),
        }
    }
}
