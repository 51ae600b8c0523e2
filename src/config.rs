//! Owns the configuration of one provider: the options as written, and what they mean once checked.

mod instance;
mod label;
mod pin;
mod pin_source;
mod profile;
mod section;
mod token_choice;
mod token_uri;

use std::ffi::CString;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::ExposeSecret;

use crate::error::{Error, ErrorKind, Result};

pub use instance::Instance;
pub use label::LabelStyle;
pub use pin::Pin;
pub use profile::{Ability, Claim, OptionalAttribute, Profile, TemplateChange};
pub use section::Section;
pub use token_choice::TokenChoice;
pub(crate) use token_choice::tells_tokens_apart;

use pin_source::PinSource;
use token_uri::TokenUri;

/// How long an operation waits for a free session when `session_timeout` is not set.
const DEFAULT_SESSION_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a call may take when `call_timeout` is not set: longer than the slowest key generation seen.
const DEFAULT_CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// A checked configuration: every contradiction, range and source of a PIN has been looked at.
///
/// Made from a [`Section`] with [`TryFrom`]. Holds the PIN itself, not where it comes from, so that
/// a source is read once, at start or at reload.
#[derive(Debug)]
#[non_exhaustive]
pub struct Config {
    /// The PKCS#11 module, as `dlopen` takes it: a path, or a bare name that the linker looks up.
    pub library_path: PathBuf,
    /// Which token of the module to use.
    pub token: TokenChoice,
    /// The user PIN; without one there is no login.
    pub pin: Option<Pin>,
    /// The `pReserved` string of `C_Initialize`, which some software tokens need.
    pub initialization_string: Option<CString>,
    /// Whether public-key operations run in software. Default: `false`.
    pub software_public_operations: bool,
    /// Whether key pairs may be made that can be exported. Default: `true`.
    pub allow_export: bool,
    /// Whether to log in although a refusal would lock the PIN. Default: `false`.
    pub allow_final_pin_try: bool,
    /// The stable name of this installation in labels on the token.
    pub instance: Instance,
    /// What labels on the token say.
    pub label: LabelStyle,
    /// The most sessions to open at once; unset: what the token allows, at most 32.
    pub max_sessions: Option<NonZeroU32>,
    /// How long an operation waits for a free session. Default: 10 s; at least 1 ms.
    pub session_timeout: Duration,
    /// How long a call to the token may take before it counts as lost. Default: 30 s; at least 1 ms.
    pub call_timeout: Duration,
    /// Whether the handle of a key is searched once and kept. Default: `true`; `false` is for tokens
    /// that give the handle of a destroyed object to another one.
    pub handle_cache: bool,
    /// How this model of token differs. Default: nothing is known in advance.
    pub profile: Profile,
    /// Whether each signature is verified before it is handed out. Default: `false`.
    pub verify_after_sign: bool,
}

impl TryFrom<Section> for Config {
    type Error = Error;

    /// Checks the options and reads the PIN from its source.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for an option that is missing, malformed or in contradiction to
    /// another, and for a PIN source that cannot be read. The text names the options, says what
    /// helps, and never holds a PIN.
    fn try_from(section: Section) -> Result<Self> {
        let uri = match &section.token_uri {
            Some(text) => TokenUri::parse(text.expose_secret())?,
            None => TokenUri::default(),
        };
        let pin = match PinSource::choose(&section, &uri)? {
            Some(source) => Some(source.read()?),
            None => None,
        };
        let profile = match &section.quirk_profile {
            Some(path) => Profile::read(path)?,
            None => Profile::default(),
        };
        Ok(Self {
            token: TokenChoice::from_options(&section, uri.token)?,
            library_path: library_path(section.library_path, uri.module_path)?,
            pin,
            initialization_string: initialization_string(section.initialization_string)?,
            software_public_operations: section.software_public_operations.unwrap_or(false),
            allow_export: section.allow_export.unwrap_or(true),
            allow_final_pin_try: section.allow_final_pin_try.unwrap_or(false),
            instance: match section.instance {
                Some(name) => Instance::configured(name)?,
                None => Instance::of_machine(),
            },
            label: match section.label {
                Some(style) => style.parse()?,
                None => LabelStyle::default(),
            },
            max_sessions: match section.max_sessions {
                Some(count) => Some(NonZeroU32::new(count).ok_or_else(|| {
                    refused("max_sessions is 0, but every operation needs a session: set it to 1 or more, or leave it out")
                })?),
                None => profile.max_sessions,
            },
            session_timeout: milliseconds(section.session_timeout, || {
                refused("session_timeout is 0: set it to the milliseconds to wait for a free session, 1 or more")
            })?
            .unwrap_or(DEFAULT_SESSION_TIMEOUT),
            call_timeout: milliseconds(section.call_timeout, || {
                refused("call_timeout is 0: set it to the milliseconds that a call to the token may take, 1 or more")
            })?
            .unwrap_or(DEFAULT_CALL_TIMEOUT),
            handle_cache: section
                .handle_cache
                .or(profile.handle_cache)
                .unwrap_or(true),
            profile,
            verify_after_sign: section.verify_after_sign.unwrap_or(false),
        })
    }
}

/// The error of every check in this module.
fn refused(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Configuration, message)
}

fn library_path(option: Option<PathBuf>, module_path: Option<PathBuf>) -> Result<PathBuf> {
    let path = match (option, module_path) {
        (Some(option), Some(module)) if option != module => {
            return Err(refused(format!(
                "library_path ({}) and the module-path of token_uri ({}) name two modules: keep one of them",
                option.display(),
                module.display()
            )));
        }
        (Some(path), _) | (None, Some(path)) => path,
        (None, None) => {
            return Err(refused(
                "no PKCS#11 module is named: set library_path (for example to libsofthsm2.so), or module-path in token_uri",
            ));
        }
    };
    // dlopen takes the empty string for the running program itself.
    if path.as_os_str().is_empty() {
        return Err(refused(
            "library_path is empty: set it to the path of the PKCS#11 module",
        ));
    }
    Ok(path)
}

fn initialization_string(option: Option<String>) -> Result<Option<CString>> {
    option.map(CString::new).transpose().map_err(|_| {
        refused("initialization_string holds a NUL character, which ends a C string: remove it")
    })
}

fn milliseconds(option: Option<u64>, zero: impl FnOnce() -> Error) -> Result<Option<Duration>> {
    match option {
        Some(0) => Err(zero()),
        milliseconds => Ok(milliseconds.map(Duration::from_millis)),
    }
}
