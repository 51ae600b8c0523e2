//! Owns the module alone: initialised, with nobody logged in and no session open.

use cryptoki::context::{Function, Pkcs11};
use cryptoki::error::Error as CryptokiError;
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::RawAuthPin;

use super::journal;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::token::{self, Module};

/// The module, initialised and nothing more.
pub(crate) struct Alone {
    module: Module,
    slot: Slot,
    config: Config,
}

impl Alone {
    /// Loads and initialises the module, and chooses the token.
    ///
    /// # Errors
    ///
    /// As those of [`Token::open`](crate::token::Token::open), but nobody logs in.
    pub(super) fn open(config: Config) -> Result<Self> {
        let module = Module::load(&config.library_path, config.initialization_string.clone())?;
        let slot = token::choose(module.pkcs11(), &config.token)?.slot;
        Ok(Self {
            module,
            slot,
            config,
        })
    }

    /// The slot of the token.
    pub(crate) fn slot(&self) -> Slot {
        self.slot
    }

    /// The configuration, for labels.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// Makes one PKCS#11 call.
    ///
    /// # Errors
    ///
    /// Its CKR.
    pub(crate) fn call<T>(
        &self,
        function: Function,
        call: impl FnOnce(&Pkcs11) -> std::result::Result<T, CryptokiError>,
    ) -> Result<T> {
        journal::note(function);
        Ok(call(self.module.pkcs11())?)
    }

    /// Opens a session for reading and writing.
    ///
    /// # Errors
    ///
    /// What `C_OpenSession` returned.
    pub(crate) fn open_session(&self) -> Result<Session> {
        self.call(Function::OpenSession, |pkcs11| {
            pkcs11.open_rw_session(self.slot)
        })
    }

    /// Logs the user in, by the rules of the provider: docs/design.md, section 4.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotPermitted`] without a PIN; what `C_Login` returned.
    pub(crate) fn login(&self, session: &Session) -> Result<()> {
        let pin = self.config.pin.as_ref().ok_or_else(|| {
            Error::new(
                ErrorKind::NotSupported,
                "no PIN was given, so there is no login",
            )
        })?;
        let info = self.call(Function::GetTokenInfo, |pkcs11| {
            pkcs11.get_token_info(self.slot)
        });
        journal::note(Function::Login);
        token::login(
            session,
            info.ok().as_ref(),
            pin,
            self.config.allow_final_pin_try,
        )
    }

    /// Tries a PIN without a look at the token's flags.
    ///
    /// # Errors
    ///
    /// What `C_Login` returned.
    pub(crate) fn try_pin(&self, session: &Session, pin: &[u8]) -> Result<()> {
        let pin = RawAuthPin::new(Box::new(pin.to_vec()));
        self.call(Function::Login, |_| {
            session.login_with_raw(UserType::User, &pin)
        })
    }

    /// Finalises the module and initialises it again; no session may be open.
    ///
    /// # Errors
    ///
    /// What `C_Initialize` returned.
    pub(crate) fn reinitialize(&self) -> Result<()> {
        self.module.reinitialize()
    }
}
