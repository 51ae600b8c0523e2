//! Owns the bounded pool of sessions: an operation borrows one session for itself.

use std::fmt;
use std::mem;
use std::num::NonZeroU32;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use cryptoki::context::Pkcs11;
use cryptoki::error::RvError;
use cryptoki::slot::{Limit, Slot, TokenInfo};
use log::{debug, warn};

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};

use super::handles::Handles;
use super::quirks::Quirks;
use super::session::PooledSession;
use super::watch::{Watch, WatchedSession};

/// The sessions that are used where neither the configuration nor the token sets a limit.
const DEFAULT_MAX_SESSIONS: usize = 32;

/// How long a limit counts that the token set by refusing a session: others may have used them up.
const LIMIT_COUNTS: Duration = Duration::from_secs(5);

/// Sessions of one token: opened on demand, kept for the next operation, never more than the limit.
///
/// 1. Taking a session that is there costs no PKCS#11 call; the one used last is taken first.
/// 2. A session that saw an error of the session or device class is closed, not kept.
/// 3. Who finds all sessions in use waits, at most for the configured time.
/// 4. The login session is kept beside the pool, as closing the last session would log out; on a
///    token that has only one session it is the pool, which ends with it.
/// 5. While a session makes or removes an object of the token, none looks for objects: when both run
///    at once, SoftHSM2 fails in a third of the key generations and shows half-made objects.
pub(super) struct Pool {
    pub(super) pkcs11: Pkcs11,
    watch: Arc<Watch>,
    pub(super) quirks: Arc<Quirks>,
    pub(super) slot: Slot,
    /// Whether private objects cannot be seen without a login.
    pub(super) login_required: bool,
    /// Whether there was a login.
    pub(super) logged_in: bool,
    /// Held for reading to look for objects or at one, for writing to make or remove one.
    pub(super) objects: RwLock<()>,
    pub(super) handles: Handles,
    pub(super) keep_handles: bool,
    state: Mutex<State>,
    returned: Condvar,
    wait: Duration,
}

struct State {
    login: Option<WatchedSession>,
    idle: Vec<WatchedSession>,
    /// Whether the login session is the only one of the pool: nobody is logged in once it is closed.
    is_login_session: bool,
    open: usize,
    limit: usize,
    /// The limit before the token refused a session, and when it did.
    lowered: Option<(usize, Instant)>,
    /// The lowest limit that was logged.
    told: usize,
    ended: bool,
    /// Since when no session is left.
    used_up: Option<Instant>,
}

impl Pool {
    /// A pool of sessions beside `login`; on a token that has no more than one, `login` itself.
    pub(super) fn new(
        pkcs11: Pkcs11,
        slot: Slot,
        login: WatchedSession,
        info: Option<&TokenInfo>,
        config: &Config,
        watch: &Arc<Watch>,
        quirks: &Arc<Quirks>,
    ) -> Self {
        let limit = session_limit(config.max_sessions, info);
        let mut state = State {
            login: Some(login),
            idle: Vec::new(),
            is_login_session: false,
            open: 0,
            limit,
            lowered: None,
            told: limit,
            ended: false,
            used_up: None,
        };
        if limit == 0 {
            state.use_login_session();
        }
        Self {
            pkcs11,
            watch: Arc::clone(watch),
            quirks: Arc::clone(quirks),
            slot,
            login_required: info.is_none_or(TokenInfo::login_required),
            logged_in: config.pin.is_some(),
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
                return Err(away());
            }
            if let Some(session) = state.idle.pop() {
                state.note_use();
                return Ok(PooledSession::new(Arc::clone(self), session));
            }
            state.restore_limit();
            if state.open < state.limit {
                state.open += 1;
                state.note_use();
                drop(state);
                match WatchedSession::open(&self.pkcs11, self.slot, &self.watch) {
                    Ok(session) => return Ok(PooledSession::new(Arc::clone(self), session)),
                    Err(error) => state = self.not_opened(error)?,
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

    /// Makes calls in a session of their own, beside the limit, which the end of the pool waits for as for
    /// every other.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TokenAway`] once the pool has ended; what the token returned.
    pub(super) fn probe<T>(&self, calls: impl FnOnce(&WatchedSession) -> Result<T>) -> Result<T> {
        let mut state = self.lock();
        if state.ended {
            return Err(away());
        }
        state.open += 1;
        state.note_use();
        drop(state);
        let opened = WatchedSession::open(&self.pkcs11, self.slot, &self.watch);
        let outcome = opened.and_then(|session| calls(&session));
        self.closed();
        outcome
    }

    /// A token that has fewer sessions than it said sets the limit by refusing one.
    fn not_opened(&self, error: Error) -> Result<MutexGuard<'_, State>> {
        let mut state = self.lock();
        state.open -= 1;
        if error.ckr() == Some(RvError::SessionCount) && (state.open > 0 || state.login.is_some()) {
            state.lower_limit();
            state.note_use();
            return Ok(state);
        }
        state.note_use();
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

    /// Whether no session has been left for longer than `time`, or if the pool has ended: whether sessions
    /// are in use that hold up the next epoch.
    pub(super) fn is_used_up(&self, time: Duration) -> bool {
        let state = self.lock();
        match state.ended {
            true => state.open > 0,
            false => state.used_up.is_some_and(|since| since.elapsed() > time),
        }
    }

    pub(super) fn give_back(&self, session: WatchedSession, broken: bool) {
        let mut state = self.lock();
        state.ended |= broken && state.is_login_session;
        if broken || state.ended {
            drop(state);
            debug!("A session that failed is closed.");
            drop(session);
            self.closed();
        } else {
            state.idle.push(session);
            state.note_use();
            drop(state);
            self.returned.notify_one();
        }
    }

    /// A session was closed. It may have been all that somebody waited for, also who waits for the end.
    fn closed(&self) {
        let mut state = self.lock();
        state.open -= 1;
        state.note_use();
        drop(state);
        self.returned.notify_all();
    }

    /// Refuses to go on once the pool has ended: the next epoch waits for the sessions in use.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TokenAway`] then.
    pub(super) fn require_epoch(&self) -> Result<()> {
        match self.lock().ended {
            true => Err(away()),
            false => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic cannot leave the few integers and the list half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn away() -> Error {
    Error::new(
        ErrorKind::TokenAway,
        "the token is away or failed, and is looked for",
    )
}

impl State {
    /// To be called after each change: since when no session has been left.
    fn note_use(&mut self) {
        self.used_up = match self.idle.is_empty() && self.open >= self.limit {
            true => self.used_up.or_else(|| Some(Instant::now())),
            false => None,
        };
    }

    /// The token refused a session, and those that there are become the limit.
    fn lower_limit(&mut self) {
        let before = self.lowered.map_or(self.limit, |(before, _)| before);
        if self.open == 0 {
            self.use_login_session();
        }
        self.limit = self.open;
        self.lowered = Some((before, Instant::now()));
        if self.limit < self.told {
            self.told = self.limit;
            warn!(
                "The token allows no more than {} sessions for operations.",
                self.limit
            );
        }
    }

    /// Whether the token has more sessions by now is found out when one more is needed.
    fn restore_limit(&mut self) {
        match self.lowered {
            Some((before, when)) if self.open >= self.limit && when.elapsed() >= LIMIT_COUNTS => {
                self.limit = before;
                self.lowered = None;
            }
            _ => {}
        }
    }

    fn use_login_session(&mut self) {
        if let Some(session) = self.login.take() {
            self.idle.push(session);
            self.is_login_session = true;
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

/// The smaller of what is configured and what the token reports, less the login session; 0 if the
/// token has no other.
fn session_limit(configured: Option<NonZeroU32>, info: Option<&TokenInfo>) -> usize {
    let configured = configured
        .and_then(|limit| usize::try_from(limit.get()).ok())
        .unwrap_or(DEFAULT_MAX_SESSIONS);
    let limits = info.map(|info| [info.max_session_count(), info.max_rw_session_count()]);
    let reported = limits
        .into_iter()
        .flatten()
        .filter_map(|limit| match limit {
            Limit::Max(limit) => usize::try_from(limit).ok(),
            Limit::Unavailable | Limit::Infinite => None,
        })
        .min();
    match reported {
        Some(reported) => configured.min(reported.saturating_sub(1)),
        None => configured,
    }
}
