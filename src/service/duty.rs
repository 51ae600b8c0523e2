//! Owns how many of the worker threads take clients: few while they keep the processor busy, more while
//! they wait for the token.
//!
//! Threads that wait hide the latency of a token, so there are many of them. Where the token works on this
//! processor, as a software token does, many that are ready at once only take turns, and the slowest of 16
//! clients waits half as long again. So a few are on duty at first; while all of these are at work and the
//! processor is not, one more joins at each [`TICK`].

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

/// How long the processor is looked at.
const TICK: Duration = Duration::from_millis(5);

/// The processor counts as busy if this process uses more than one part in so many of it: the clients, and
/// what is behind the token, may use the rest.
const IDLE_SHARE: u32 = 4;

/// The threads on duty for each processor core.
const FEW_PER_CORE: usize = 4;

#[derive(Debug)]
pub(super) struct Duty {
    /// Threads with a lower number take clients.
    on_duty: AtomicUsize,
    /// Threads on duty that wait for a client.
    waiting: AtomicUsize,
    standby: Mutex<()>,
    changed: Condvar,
    /// The thread that joins next looks whether it is needed.
    looks: AtomicBool,
}

impl Duty {
    /// `few` threads at first.
    pub(super) fn new(few: usize) -> Self {
        Self {
            on_duty: AtomicUsize::new(few),
            waiting: AtomicUsize::new(0),
            standby: Mutex::default(),
            changed: Condvar::new(),
            looks: AtomicBool::new(false),
        }
    }

    /// Lets the thread with this number wait until it is needed, or is to end.
    pub(super) fn join(&self, number: usize, stopping: &AtomicBool) {
        if number < self.on_duty.load(Ordering::SeqCst) {
            return;
        }
        let mut standby = self.lock();
        while !stopping.load(Ordering::SeqCst) {
            let on_duty = self.on_duty.load(Ordering::SeqCst);
            if number < on_duty {
                return;
            }
            if number > on_duty || !self.is_at_work() {
                standby = self
                    .changed
                    .wait(standby)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let begin = (Instant::now(), processor_time());
            standby = self
                .changed
                .wait_timeout(standby, TICK)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            if self.is_at_work() && processor_is_idle(begin) {
                self.on_duty.fetch_add(1, Ordering::SeqCst);
                self.changed.notify_all();
            }
        }
    }

    /// Whether no thread on duty waits for a client. If one does, whoever has a client next tells the thread
    /// that joins next.
    fn is_at_work(&self) -> bool {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.looks.store(false, Ordering::SeqCst);
        }
        // Again, as nobody told of a client that came before this.
        self.waiting.load(Ordering::SeqCst) == 0
    }

    /// A thread begins to wait for a client.
    pub(super) fn begin_wait(&self) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
    }

    /// A thread has a client, or is to end.
    pub(super) fn end_wait(&self) {
        let was_the_last = self.waiting.fetch_sub(1, Ordering::SeqCst) == 1;
        if was_the_last && !self.looks.swap(true, Ordering::SeqCst) {
            let _standby = self.lock();
            self.changed.notify_all();
        }
    }

    /// All threads are to look whether they are to end.
    pub(super) fn wake_all(&self) {
        let _standby = self.lock();
        self.changed.notify_all();
    }

    /// How many threads take clients.
    #[cfg(test)]
    pub(super) fn on_duty(&self) -> usize {
        self.on_duty.load(Ordering::SeqCst)
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.standby.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number of threads that are on duty at first where nobody says it.
pub(super) fn few() -> usize {
    FEW_PER_CORE * cores()
}

fn cores() -> usize {
    available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}

fn processor_is_idle((then, time_then): (Instant, Duration)) -> bool {
    let used = processor_time().saturating_sub(time_then);
    let cores = u32::try_from(cores()).unwrap_or(u32::MAX);
    used * IDLE_SHARE < then.elapsed() * cores
}

/// The processor time that this process has used; zero where the system does not tell, and then threads
/// join whenever all are at work.
fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}
