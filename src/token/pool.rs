//! Owns the bounded pool of sessions: an operation borrows one session for itself.

use std::cell::Cell;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use cryptoki::context::Pkcs11;
use cryptoki::error::{Error as CryptokiError, RvError};
use cryptoki::session::Session;
use cryptoki::slot::Slot;
use log::{debug, warn};

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
    /// Held for reading to look for objects or at one, for writing to make or remove one.
    objects: RwLock<()>,
    handles: Handles,
    state: Mutex<State>,
    returned: Condvar,
    wait: Duration,
}

struct State {
    login: Option<Session>,
    idle: Vec<Session>,
    open: usize,
    limit: usize,
}

impl Pool {
    /// A pool of at most `limit` sessions beside `login`; with a limit of 1, `login` itself.
    pub(super) fn new(
        pkcs11: Pkcs11,
        slot: Slot,
        login: Session,
        limit: usize,
        wait: Duration,
    ) -> Self {
        let mut state = State {
            login: Some(login),
            idle: Vec::new(),
            open: 0,
            limit,
        };
        if limit <= 1 {
            state.use_login_session();
        }
        Self {
            pkcs11,
            slot,
            objects: RwLock::new(()),
            handles: Handles::default(),
            state: Mutex::new(state),
            returned: Condvar::new(),
            wait,
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
    /// [`ErrorKind::SessionsExhausted`] if none became free in time, else what opening a new one
    /// returned.
    pub(super) fn take(&self) -> Result<PooledSession<'_>> {
        let deadline = Instant::now() + self.wait;
        let mut state = self.lock();
        loop {
            if let Some(session) = state.idle.pop() {
                return Ok(PooledSession::new(self, session));
            }
            if state.open < state.limit {
                state.open += 1;
                drop(state);
                match self.pkcs11.open_rw_session(self.slot) {
                    Ok(session) => return Ok(PooledSession::new(self, session)),
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

    fn give_back(&self, session: Session, broken: bool) {
        if broken {
            debug!("A session that failed is closed.");
            drop(session);
            self.lock().open -= 1;
        } else {
            self.lock().idle.push(session);
        }
        self.returned.notify_one();
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
pub struct PooledSession<'pool> {
    pool: &'pool Pool,
    session: Option<Session>,
    broken: Cell<bool>,
}

impl<'pool> PooledSession<'pool> {
    fn new(pool: &'pool Pool, session: Session) -> Self {
        Self {
            pool,
            session: Some(session),
            broken: Cell::new(false),
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
        self.call(call)
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

    /// The handles that all sessions of the pool share, as PKCS#11 has them (3.0, section 4.1).
    pub(super) fn handles(&self) -> &Handles {
        &self.pool.handles
    }

    #[allow(
        clippy::expect_used,
        reason = "only drop takes the session out, and nothing runs after it"
    )]
    fn session(&self) -> &Session {
        self.session.as_ref().expect("a session until drop")
    }
}

impl Drop for PooledSession<'_> {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            self.pool.give_back(session, self.broken.get());
        }
    }
}
