//! Owns the end of a process whose calls to the token do not return.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use log::error;
use signal_hook::low_level;

use crate::provider::Provider;

/// The exit code then, on which the service is to be started again: `EX_TEMPFAIL` of sysexits(3).
const CALLS_DO_NOT_RETURN: i32 = 75;

/// How often the calls are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// A thread that ends the process once no request can be served any more, as calls to the token have
/// taken longer than `call_timeout`. Nothing else ends such a call.
#[derive(Debug)]
pub(super) struct Watchdog {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Watchdog {
    /// Watches the calls of `provider`, which `workers` threads make.
    pub(super) fn start(provider: Arc<Provider>, workers: usize) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                    let overdue = provider.overdue_calls();
                    if overdue.block_everything || overdue.count >= workers {
                        end(overdue.count);
                    }
                }
            })?;
        Ok(Self { stop, thread })
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
