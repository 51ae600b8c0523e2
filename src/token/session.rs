//! Owns a borrowed session: the calls that an operation makes in it.

use std::cell::Cell;
use std::sync::{Arc, PoisonError};

use cryptoki::context::{Function, Pkcs11};
use cryptoki::error::{Error as CryptokiError, RvError};
use cryptoki::mechanism::MechanismType;
use cryptoki::session::{Session, SessionState};
use cryptoki::slot::Slot;

use crate::error::{CkrClass, Error, ErrorKind, Result};

use super::handles::Handles;
use super::object::no_identifier;
use super::pool::Pool;
use super::quirks::Quirks;
use super::watch::WatchedSession;

/// A session that one operation has for itself; it goes back to the pool on drop.
#[derive(Debug)]
pub struct PooledSession {
    pool: Arc<Pool>,
    session: Option<WatchedSession>,
    broken: Cell<bool>,
    changed: Cell<bool>,
}

impl PooledSession {
    pub(super) fn new(pool: Arc<Pool>, session: WatchedSession) -> Self {
        Self {
            pool,
            session: Some(session),
            broken: Cell::new(false),
            changed: Cell::new(false),
        }
    }

    /// Makes one PKCS#11 call, and remembers whether the session survived it.
    ///
    /// # Errors
    ///
    /// The CKR of the call, as an [`Error`] of the kind that its row in the table says.
    pub(crate) fn call<T>(
        &self,
        function: Function,
        call: impl FnOnce(&Session) -> std::result::Result<T, CryptokiError>,
    ) -> Result<T> {
        self.session().call(function, call).map_err(|source| {
            let error = Error::from(source);
            if let Some(CkrClass::Session | CkrClass::Device) = error.ckr_class() {
                self.broken.set(true);
            }
            error
        })
    }

    /// Makes a PKCS#11 call that makes or removes an object of the token.
    ///
    /// # Errors
    ///
    /// Those of [`PooledSession::call`].
    pub(crate) fn change<T>(
        &self,
        function: Function,
        call: impl FnOnce(&Session) -> std::result::Result<T, CryptokiError>,
    ) -> Result<T> {
        let _objects = self
            .pool
            .objects
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        self.changed.set(true);
        self.call(function, call)
    }

    /// To be asked in between by who makes very many calls: others wait for the end of the epoch.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TokenAway`] once it is over.
    pub(crate) fn require_epoch(&self) -> Result<()> {
        self.pool.require_epoch()
    }

    /// Closes the session at the end of the operation: what it made and cannot be told goes with it.
    pub(crate) fn abandon(&self) {
        self.broken.set(true);
    }

    /// Whether a call failed in a way that ends the session.
    #[cfg(feature = "check")]
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.get()
    }

    /// Whether the operation may have made or removed an object of the token.
    pub(super) fn has_changed(&self) -> bool {
        self.changed.get()
    }

    /// Makes a PKCS#11 call that looks for objects or at one.
    ///
    /// # Errors
    ///
    /// Those of [`PooledSession::call`].
    pub(crate) fn look<T>(
        &self,
        function: Function,
        call: impl FnOnce(&Session) -> std::result::Result<T, CryptokiError>,
    ) -> Result<T> {
        let _objects = self
            .pool
            .objects
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        self.call(function, call)
    }

    /// Refuses to go on if nobody is logged in any more, where the token shows its private objects only
    /// to who is: there, what is not found may exist.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotLoggedIn`] then; what `C_GetSessionInfo` returned, but a token that lacks it is taken
    /// for logged in.
    pub(crate) fn require_login(&self) -> Result<()> {
        let state = self.look(Function::GetSessionInfo, Session::get_session_info);
        match state.map(|info| info.session_state()) {
            Ok(SessionState::RoPublic | SessionState::RwPublic) if self.pool.login_required => {
                Err(Error::new(
                    ErrorKind::NotLoggedIn,
                    "nobody is logged in to the token, so its private keys cannot be seen",
                ))
            }
            Ok(_) => Ok(()),
            Err(error) if error.ckr() == Some(RvError::FunctionNotSupported) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether a PIN is configured, so that somebody is logged in while all is well.
    pub(crate) fn is_to_be_logged_in(&self) -> bool {
        self.pool.logged_in
    }

    /// Whether the token answers to a search, for an identifier that no key has.
    pub(crate) fn answers(&self) -> bool {
        let found = self.look(Function::FindObjects, |session| {
            session.find_objects(&[no_identifier()])
        });
        found.is_ok()
    }

    /// Refuses what needs `mechanism` if the token lacks it.
    ///
    /// Asked by `C_GetMechanismInfo`, as cryptoki leaves mechanisms that it does not know out of
    /// `C_GetMechanismList`.
    pub(crate) fn require_mechanism(&self, mechanism: MechanismType) -> Result<()> {
        let asked = self.ask(Function::GetMechanismInfo, |pkcs11, slot| {
            pkcs11.get_mechanism_info(slot, mechanism)
        });
        match asked {
            Ok(_) => Ok(()),
            Err(error) => Err(error.context(format_args!("the token lacks {mechanism}"))),
        }
    }

    /// Makes a PKCS#11 call that is about the slot, not about this session.
    ///
    /// # Errors
    ///
    /// The CKR of the call; it says nothing about this session.
    pub(crate) fn ask<T>(
        &self,
        function: Function,
        call: impl FnOnce(&Pkcs11, Slot) -> std::result::Result<T, CryptokiError>,
    ) -> Result<T> {
        let (pkcs11, slot) = (&self.pool.pkcs11, self.pool.slot);
        Ok(self.session().call(function, |_| call(pkcs11, slot))?)
    }

    /// The handles that all sessions of the pool share, as PKCS#11 has them (3.0, section 4.1).
    pub(super) fn handles(&self) -> &Handles {
        &self.pool.handles
    }

    /// The forms that the token takes.
    pub(crate) fn quirks(&self) -> &Quirks {
        &self.pool.quirks
    }

    /// Whether a handle may be used again in a later operation.
    pub(super) fn keeps_handles(&self) -> bool {
        self.pool.keep_handles
    }

    #[allow(
        clippy::expect_used,
        reason = "only drop takes the session out, and nothing runs after it"
    )]
    fn session(&self) -> &WatchedSession {
        self.session.as_ref().expect("a session until drop")
    }
}

impl Drop for PooledSession {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            self.pool.give_back(session, self.broken.get());
        }
    }
}
