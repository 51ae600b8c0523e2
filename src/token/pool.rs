//! Owns the bounded pool of sessions: an operation borrows one session for itself.

use std::cell::Cell;
use std::fmt;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use cryptoki::context::Pkcs11;
use cryptoki::error::{Error as CryptokiError, RvError};
use cryptoki::mechanism::MechanismType;
use cryptoki::session::{Session, SessionState};
use cryptoki::slot::Slot;
use log::{debug, warn};

use crate::config::Config;
use crate::error::{CkrClass, Error, ErrorKind, Result};

use super::handles::Handles;

/// Sessions of one token: opened on demand, kept for the next operation, never more than the limit.
///
/// 1. Taking a session that is there costs no PKCS#11 call; the one used last is taken first.
/// 2. A session that saw an error of the session or device class is closed, not kept.
/// 3. Who finds all sessions in use waits, at most for the configured time.
/// 4. The login session is kept beside the pool, as closing the last session would log out; on a
///    token that has only one session it is the pool.
/// 5. While a session makes or removes an object of the token, none looks for objects: when both run
///    at once, SoftHSM2 fails in a third of the key generations and shows half-made objects.
pub(super) struct Pool {
    pkcs11: Pkcs11,
    slot: Slot,
    /// Whether private objects cannot be seen without a login.
    login_required: bool,
    /// Held for reading to look for objects or at one, for writing to make or remove one.
    objects: RwLock<()>,
    handles: Handles,
    keep_handles: bool,
    state: Mutex<State>,
    returned: Condvar,
    wait: Duration,
}

struct State {
    login: Option<Session>,
    idle: Vec<Session>,
    open: usize,
    limit: usize,
    ended: bool,
}

impl Pool {
    /// A pool of at most `limit` sessions beside `login`; with a limit of 0, `login` itself.
    pub(super) fn new(
        pkcs11: Pkcs11,
        slot: Slot,
        login: Session,
        login_required: bool,
        limit: usize,
        config: &Config,
    ) -> Self {
        let mut state = State {
            login: Some(login),
            idle: Vec::new(),
            open: 0,
            limit,
            ended: false,
        };
        if limit == 0 {
            state.use_login_session();
        }
        Self {
            pkcs11,
            slot,
            login_required,
            objects: RwLock::new(()),
            handles: Handles::default(),
            keep_handles: config.handle_cache,
            state: Mutex::new(state),
            returned: Condvar::new(),
            wait: config.session_timeout,
        }
    }

    /// The number of sessions that may be open at once.
    pub(super) fn limit(&self) -> usize {
        self.lock().limit
    }

    /// Borrows a session.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TokenAway`] once the pool has ended; [`ErrorKind::SessionsExhausted`] if no
    /// session became free in time; else what opening a new one returned.
    pub(super) fn take(self: &Arc<Self>) -> Result<PooledSession> {
        let deadline = Instant::now() + self.wait;
        let mut state = self.lock();
        loop {
            if state.ended {
                return Err(Error::new(
                    ErrorKind::TokenAway,
                    "the token is away or failed, and is looked for",
                ));
            }
            if let Some(session) = state.idle.pop() {
                return Ok(PooledSession::new(Arc::clone(self), session));
            }
            if state.open < state.limit {
                state.open += 1;
                drop(state);
                match self.pkcs11.open_rw_session(self.slot) {
                    Ok(session) => return Ok(PooledSession::new(Arc::clone(self), session)),
                    Err(source) => state = self.not_opened(source.into())?,
                }
                continue;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::new(
                    ErrorKind::SessionsExhausted,
                    format!(
                        "all {} sessions of the token stayed in use for {} ms; raise max_sessions \
                         if the token has more",
                        state.limit,
                        self.wait.as_millis()
                    ),
                ));
            }
            state = self
                .returned
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// A token that has fewer sessions than it said sets the limit by refusing one.
    fn not_opened(&self, error: Error) -> Result<MutexGuard<'_, State>> {
        let mut state = self.lock();
        state.open -= 1;
        if error.ckr() == Some(RvError::SessionCount) && (state.open > 0 || state.login.is_some()) {
            if state.open == 0 {
                state.use_login_session();
            }
            state.limit = state.open;
            warn!(
                "The token allows no more than {} sessions for operations.",
                state.limit
            );
            return Ok(state);
        }
        drop(state);
        self.returned.notify_one();
        Err(error.context("no session with the token can be opened"))
    }

    /// Ends the pool: no session is given out any more, and all are closed once they are returned.
    ///
    /// Gives whether all are closed; those still in use after `wait` are not.
    pub(super) fn end(&self, wait: Duration) -> bool {
        let mut state = self.lock();
        state.ended = true;
        let idle = mem::take(&mut state.idle);
        state.open -= idle.len();
        let login = state.login.take();
        drop(state);
        self.returned.notify_all();
        drop(idle);
        drop(login);
        let (state, _) = self
            .returned
            .wait_timeout_while(self.lock(), wait, |state| state.open > 0)
            .unwrap_or_else(PoisonError::into_inner);
        state.open == 0
    }

    fn give_back(&self, session: Session, broken: bool) {
        let mut state = self.lock();
        if broken || state.ended {
            drop(state);
            debug!("A session that failed is closed.");
            drop(session);
            self.lock().open -= 1;
            // Also who waits for the end.
            self.returned.notify_all();
        } else {
            state.idle.push(session);
            drop(state);
            self.returned.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic cannot leave the few integers and the list half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn use_login_session(&mut self) {
        if let Some(session) = self.login.take() {
            self.idle.push(session);
            self.open = 1;
            self.limit = 1;
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Pool")
            .field("idle", &state.idle.len())
            .field("open", &state.open)
            .field("limit", &state.limit)
            .finish_non_exhaustive()
    }
}

/// A session that one operation has for itself; it goes back to the pool on drop.
#[derive(Debug)]
pub struct PooledSession {
    pool: Arc<Pool>,
    session: Option<Session>,
    broken: Cell<bool>,
    changed: Cell<bool>,
}

impl PooledSession {
    fn new(pool: Arc<Pool>, session: Session) -> Self {
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
        call: impl FnOnce(&Session) -> std::result::Result<T, CryptokiError>,
    ) -> Result<T> {
        call(self.session()).map_err(|source| {
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
        call: impl FnOnce(&Session) -> std::result::Result<T, CryptokiError>,
    ) -> Result<T> {
        let _objects = self
            .pool
            .objects
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        self.changed.set(true);
        self.call(call)
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
        call: impl FnOnce(&Session) -> std::result::Result<T, CryptokiError>,
    ) -> Result<T> {
        let _objects = self
            .pool
            .objects
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        self.call(call)
    }

    /// Refuses to go on if nobody is logged in any more, where the token shows its private objects only
    /// to who is: there, what is not found may exist.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotLoggedIn`] then; a token that cannot be asked is taken for logged in.
    pub(crate) fn require_login(&self) -> Result<()> {
        let state = self.look(Session::get_session_info);
        match state.map(|info| info.session_state()) {
            Ok(SessionState::RoPublic | SessionState::RwPublic) if self.pool.login_required => {
                Err(Error::new(
                    ErrorKind::NotLoggedIn,
                    "nobody is logged in to the token, so its private keys cannot be seen",
                ))
            }
            _ => Ok(()),
        }
    }

    /// Refuses what needs `mechanism` if the token lacks it.
    ///
    /// Asked by `C_GetMechanismInfo`, as cryptoki leaves mechanisms that it does not know out of
    /// `C_GetMechanismList`.
    pub(crate) fn require_mechanism(&self, mechanism: MechanismType) -> Result<()> {
        let slot = self.pool.slot;
        match self.pool.pkcs11.get_mechanism_info(slot, mechanism) {
            Ok(_) => Ok(()),
            Err(source) => {
                Err(Error::from(source).context(format_args!("the token lacks {mechanism}")))
            }
        }
    }

    /// The handles that all sessions of the pool share, as PKCS#11 has them (3.0, section 4.1).
    pub(super) fn handles(&self) -> &Handles {
        &self.pool.handles
    }

    /// Whether a handle may be used again in a later operation.
    pub(super) fn keeps_handles(&self) -> bool {
        self.pool.keep_handles
    }

    #[allow(
        clippy::expect_used,
        reason = "only drop takes the session out, and nothing runs after it"
    )]
    fn session(&self) -> &Session {
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
