//! Owns the end of a process whose calls to the token do not return.

use std::io;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use log::error;
use signal_hook::low_level;

use super::workers::Pulse;
use crate::provider::Provider;

/// The exit code then, on which the service is to be started again: `EX_TEMPFAIL` of sysexits(3).
const CALLS_DO_NOT_RETURN: i32 = 75;

/// How often the calls are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// How long it may take beside the calls to close a token, or to close and open one.
const BESIDE_CALLS: Duration = Duration::from_secs(5);

/// The calls that each may take `call_timeout` then: one that still runs, the end, and a new login.
const CALLS: u32 = 3;

/// A thread that ends the process once calls to the token have taken longer than `call_timeout` and no
/// request can be served because of them, or the service is to stop and waits for them; or once the provider
/// is gone and neither the service nor a new one is there in time. Nothing else ends such a call.
#[derive(Debug)]
pub(super) struct Watchdog {
    watched: Arc<Watched>,
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

#[derive(Debug)]
struct Watched {
    provider: Mutex<Watch>,
    stopping: AtomicBool,
}

#[derive(Debug)]
enum Watch {
    Over(Arc<Provider>),
    /// It is being dropped, or one made.
    Gone {
        since: Instant,
        limit: Duration,
    },
}

impl Watch {
    /// From now on.
    fn gone(call_timeout: Duration) -> Self {
        Self::Gone {
            since: Instant::now(),
            limit: call_timeout * CALLS + BESIDE_CALLS,
        }
    }
}

impl Watched {
    /// Why the process is to end, if it is; `stuck` says since when no thread was seen to go on.
    fn hopeless(&self, stuck: Option<Instant>) -> Option<String> {
        // Locked until the end, so that the provider is never dropped here.
        match &*self.provider() {
            Watch::Over(provider) => {
                let overdue = provider.overdue_calls();
                let no_thread_is_left = stuck.is_some_and(|since| since.elapsed() > overdue.limit);
                let waited_for = self.stopping.load(Ordering::SeqCst);
                let hopeless = overdue.block_everything || no_thread_is_left || waited_for;
                let count = overdue.count;
                (count > 0 && hopeless).then(|| {
                    format!("calls to the token do not return ({count} now), and no request can be served")
                })
            }
            Watch::Gone { since, limit } => (since.elapsed() > *limit).then(|| {
                "the token can neither be closed nor opened anew, as a call to it does not return".to_owned()
            }),
        }
    }

    fn provider(&self) -> MutexGuard<'_, Watch> {
        self.provider.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watchdog {
    /// Watches a start, in which there is no provider yet: it has a limit, as a reload has.
    pub(super) fn of_start(call_timeout: Duration) -> io::Result<Self> {
        Self::over(Watch::gone(call_timeout), None)
    }

    /// Watches the calls of `provider`, and the threads that `pulse` is of: what waits for a call that does
    /// not return may be in no call itself.
    pub(super) fn start(provider: Arc<Provider>, pulse: Pulse) -> io::Result<Self> {
        Self::over(Watch::Over(provider), Some(pulse))
    }

    fn over(watch: Watch, pulse: Option<Pulse>) -> io::Result<Self> {
        let busy = move || pulse.as_ref().and_then(Pulse::of_busy);
        let (stop, stopped) = mpsc::channel();
        let watched = Arc::new(Watched {
            provider: Mutex::new(watch),
            stopping: AtomicBool::new(false),
        });
        let told = Arc::clone(&watched);
        let thread = thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(move || {
                let mut beat = busy();
                let mut since = Instant::now();
                while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                    let now = busy();
                    if now.is_none() || now != beat {
                        (beat, since) = (now, Instant::now());
                    }
                    if let Some(reason) = told.hopeless(now.map(|_| since)) {
                        end(&reason);
                    }
                }
            })?;
        Ok(Self {
            watched,
            stop,
            thread,
        })
    }

    /// From here on nobody waits for a call that takes longer than `call_timeout`.
    pub(super) fn expect_stop(&self) {
        self.watched.stopping.store(true, Ordering::SeqCst);
    }

    /// Lets go of the provider, which can be dropped then. From here on all that is done until
    /// [`Watchdog::stop`] has a limit.
    pub(super) fn let_go(&self) {
        let mut watch = self.watched.provider();
        let Watch::Over(provider) = &*watch else {
            return;
        };
        let gone = Watch::gone(provider.overdue_calls().limit);
        let before = mem::replace(&mut *watch, gone);
        // The last one finalises the module, which may take long: not under the lock.
        drop(watch);
        drop(before);
    }

    pub(super) fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            error!("the watch over calls to the token had ended by a panic");
        }
    }
}

/// Without the clean-up of a normal exit, which would wait for what the calls hold.
fn end(reason: &str) -> ! {
    error!("{reason}: the service ends with exit code {CALLS_DO_NOT_RETURN}, to be started again");
    low_level::exit(CALLS_DO_NOT_RETURN)
}
