//! Owns the watch over calls to the PKCS#11 module: which are running, and since when.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use cryptoki::context::{Function, Pkcs11};
use cryptoki::session::Session;
use cryptoki::slot::Slot;
use log::error;

use crate::error::Result;

use super::Token;

/// Told of each call before it is made.
static OBSERVER: OnceLock<fn(Function)> = OnceLock::new();

/// Has `observer` told of each call of this process before it is made; the first observer stays.
#[cfg(feature = "check")]
pub(crate) fn observe_calls(observer: fn(Function)) {
    OBSERVER.get_or_init(|| observer);
}

/// Tells the observer of a call that nobody watches.
pub(super) fn tell(function: Function) {
    if let Some(observer) = OBSERVER.get() {
        observer(function);
    }
}

/// The calls of all threads.
#[derive(Default)]
pub(super) struct Watch(Mutex<Vec<Weak<Caller>>>);

/// One that makes one call at a time: a session, or whoever looks for the token.
#[derive(Debug, Default)]
pub(super) struct Caller(Mutex<Option<Call>>);

#[derive(Debug)]
struct Call {
    function: Function,
    since: Instant,
    logged: bool,
}

/// Calls to the token that have not returned for longer than `call_timeout`.
///
/// PKCS#11 has no way to end a call from outside, so a thread and its session are lost until it returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OverdueCalls {
    /// How long a call may take: `call_timeout`.
    pub limit: Duration,
    /// How many there are.
    pub count: usize,
    /// Whether no request can be served because of them: no session is left, or none can be opened.
    pub block_everything: bool,
}

impl Watch {
    /// A new caller; it is forgotten once it is dropped.
    pub(super) fn caller(&self) -> Arc<Caller> {
        let caller = Arc::new(Caller::default());
        let mut callers = self.lock();
        if callers.len() == callers.capacity() {
            callers.retain(|caller| caller.strong_count() > 0);
        }
        callers.push(Arc::downgrade(&caller));
        drop(callers);
        caller
    }

    /// How many calls have been running for longer than `limit`; each is logged once.
    fn overdue(&self, limit: Duration) -> usize {
        self.lock()
            .iter()
            .filter_map(Weak::upgrade)
            .filter(|caller| caller.is_overdue(limit))
            .count()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Caller>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lock().iter()).finish()
    }
}

impl Caller {
    /// Makes a call under watch. `function` is the one that does the work of several.
    pub(super) fn make<T>(&self, function: Function, call: impl FnOnce() -> T) -> T {
        tell(function);
        *self.lock() = Some(Call {
            function,
            since: Instant::now(),
            logged: false,
        });
        let result = call();
        *self.lock() = None;
        result
    }

    fn is_overdue(&self, limit: Duration) -> bool {
        let mut call = self.lock();
        let Some(call) = call.as_mut().filter(|call| call.since.elapsed() > limit) else {
            return false;
        };
        if !call.logged {
            call.logged = true;
            error!(
                "C_{:?} has not returned for {} ms (call_timeout): its session is lost until it does.",
                call.function,
                limit.as_millis()
            );
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, Option<Call>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session whose calls are watched, also the one that closes it.
#[derive(Debug)]
pub(super) struct WatchedSession {
    /// `None` only while it is closed.
    session: Option<Session>,
    caller: Arc<Caller>,
}

impl WatchedSession {
    pub(super) fn open(pkcs11: &Pkcs11, slot: Slot, watch: &Watch) -> Result<Self> {
        let caller = watch.caller();
        let opened = caller.make(Function::OpenSession, || pkcs11.open_rw_session(slot));
        Ok(Self {
            session: Some(opened?),
            caller,
        })
    }

    pub(super) fn call<T>(&self, function: Function, call: impl FnOnce(&Session) -> T) -> T {
        #[allow(
            clippy::expect_used,
            reason = "only drop takes the session out, and nothing runs after it"
        )]
        let session = self.session.as_ref().expect("a session until drop");
        self.caller.make(function, || call(session))
    }
}

impl Drop for WatchedSession {
    fn drop(&mut self) {
        let session = self.session.take();
        self.caller.make(Function::CloseSession, || drop(session));
    }
}

impl Token {
    /// Looks for calls that do not return, and logs each once. To be called now and then.
    pub fn overdue_calls(&self) -> OverdueCalls {
        let limit = self.config.call_timeout;
        let count = self.watch.overdue(limit);
        let block_everything = count > 0
            && (self.recovery.is_held_for(limit) || self.epoch().sessions.is_used_up(limit));
        OverdueCalls {
            limit,
            count,
            block_everything,
        }
    }
}
