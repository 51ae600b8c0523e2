//! Owns the error type of this crate.

use std::path::{Path, PathBuf};
use std::{fmt, io};

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why there is no token.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// SoftHSM2 was not found in any of the places that were looked at.
    NotInstalled {
        /// What was looked for: the module or the program.
        what: &'static str,
        /// Where.
        searched: Vec<PathBuf>,
    },
    /// To go on could touch a token that this crate did not make.
    Refused(String),
    /// A file or directory could not be made or read.
    Io {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// `softhsm2-util` failed or printed something that cannot be understood.
    Util(String),
    /// A PKCS#11 call failed.
    Pkcs11(cryptoki::error::Error),
    /// The module in this process does not show the token.
    NotVisible {
        /// The token's serial number.
        serial: String,
    },
    /// The label does not fit CK_TOKEN_INFO: it has 32 bytes.
    Label(String),
    /// The system gave no random bytes.
    Random(getrandom::Error),
}

impl Error {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled { what, searched } => {
                write!(f, "no {what} in")?;
                for (i, path) in searched.iter().enumerate() {
                    let separator = if i == 0 { " " } else { ", " };
                    write!(f, "{separator}{}", path.display())?;
                }
                write!(
                    f,
                    ": install SoftHSM2 (Debian, Ubuntu: apt-get install softhsm2; Fedora: dnf \
                     install softhsm; macOS: brew install softhsm) or set {} or {}",
                    crate::module::MODULE_VARIABLE,
                    crate::module::UTIL_VARIABLE
                )
            }
            Self::Refused(why) => write!(f, "refused: {why}"),
            Self::Io { path, source } => write!(f, "{}: {source}", path.display()),
            Self::Util(what) => write!(f, "softhsm2-util: {what}"),
            Self::Pkcs11(source) => write!(f, "SoftHSM2: {source}"),
            Self::NotVisible { serial } => write!(
                f,
                "the module in this process does not show the token {serial}: it was initialised \
                 by another thread while the token was made, or the token is of another \
                 environment; make the token first, or initialise with softhsm_test::pkcs11()"
            ),
            Self::Label(label) => write!(
                f,
                "a token label has 1 to 32 bytes and no control characters, {label:?} does not"
            ),
            Self::Random(source) => write!(f, "no random bytes: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Pkcs11(source) => Some(source),
            Self::Random(source) => Some(source),
            _ => None,
        }
    }
}

impl From<cryptoki::error::Error> for Error {
    fn from(source: cryptoki::error::Error) -> Self {
        Self::Pkcs11(source)
    }
}

impl From<getrandom::Error> for Error {
    fn from(source: getrandom::Error) -> Self {
        Self::Random(source)
    }
}
