//! Owns the end of a process whose calls to the token do not return.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
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

/// A thread that ends the process once calls to the token have taken longer than `call_timeout` and no
/// request can be served because of them, or the service is to stop and waits for them. Nothing else
/// ends such a call.
#[derive(Debug)]
pub(super) struct Watchdog {
    stopping: Arc<AtomicBool>,
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Watchdog {
    /// Watches the calls of `provider`, and the threads that `pulse` is of: what waits for a call that does
    /// not return may be in no call itself.
    pub(super) fn start(provider: Arc<Provider>, pulse: Pulse) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let stopping = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stopping);
        let thread = thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(move || {
                let mut beat = pulse.of_busy();
                let mut since = Instant::now();
                while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                    let now = pulse.of_busy();
                    if now.is_none() || now != beat {
                        (beat, since) = (now, Instant::now());
                    }
                    let overdue = provider.overdue_calls();
                    let no_thread_is_left = since.elapsed() > overdue.limit && now.is_some();
                    let waited_for = told.load(Ordering::SeqCst);
                    let hopeless = overdue.block_everything || no_thread_is_left || waited_for;
                    if overdue.count > 0 && hopeless {
                        end(overdue.count);
                    }
                }
            })?;
        Ok(Self {
            stopping,
            stop,
            thread,
        })
    }

    /// From here on nobody waits for a call that takes longer than `call_timeout`.
    pub(super) fn expect_stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    pub(super) fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            error!("the watch over calls to the token had ended by a panic");
        }
    }
}

/// Without the clean-up of a normal exit, which would wait for what the calls hold.
fn end(count: usize) -> ! {
    error!(
        "calls to the token do not return ({count} now), and no request can be served: the service ends with exit code {CALLS_DO_NOT_RETURN}, to be started again"
    );
    low_level::exit(CALLS_DO_NOT_RETURN)
}
