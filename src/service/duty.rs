//! Owns how many of the worker threads take clients: all of them, but few while they keep the processor
//! busy.
//!
//! Threads that wait hide the latency of a token, so there are many of them. Where the token works on this
//! processor, as a software token does, many that are ready at once only take turns, and the slowest of 16
//! clients waits half as long again. So while this process uses most of the processor, all but a few stand
//! by. From there one returns at each [`TICK`] in which all on duty are at work and the processor is idle,
//! as they wait for the token then, and all return when the load is gone.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

/// How long the processor is looked at.
const TICK: Duration = Duration::from_millis(5);

/// The load is gone when for so many ticks on end there was a thread that waited for a client, and the
/// processor was not busy.
const QUIET_TICKS: u32 = 10;

/// The threads on duty for each processor core while it is busy.
const FEW_PER_CORE: usize = 4;

#[derive(Debug)]
pub(super) struct Duty {
    cores: u32,
    all: usize,
    few: usize,
    /// How many threads may be on duty: from `few` to `all`.
    allowed: AtomicUsize,
    /// How many are on duty: each waits for a client or serves one.
    on_duty: AtomicUsize,
    /// How many of these wait for a client.
    waiting: AtomicUsize,
    /// When a thread on duty last looked at the processor.
    looked: Mutex<Moment>,
    /// Whether one of the threads that stand by looks at it; the others sleep.
    watched: Mutex<bool>,
    changed: Condvar,
}

impl Duty {
    /// All of `all` threads are on duty at first.
    pub(super) fn new(all: usize, few: usize) -> Self {
        Self {
            cores: u32::try_from(cores()).unwrap_or(u32::MAX),
            all,
            few,
            allowed: AtomicUsize::new(all),
            on_duty: AtomicUsize::new(all),
            waiting: AtomicUsize::new(0),
            looked: Mutex::new(Moment::now()),
            watched: Mutex::new(false),
            changed: Condvar::new(),
        }
    }

    /// Called by each thread before it waits for a client: lets it stand by while too many are on duty.
    /// Returns when it may take a client, or is to end.
    pub(super) fn wait_for_turn(&self, stopping: &AtomicBool) {
        self.relieve_if_busy();
        if !self.leave() {
            return;
        }
        let mut watched = self.lock();
        let mut quiet_ticks = 0;
        while !stopping.load(Ordering::SeqCst) && !self.enter() {
            if *watched {
                watched = self
                    .changed
                    .wait(watched)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            *watched = true;
            let begin = Moment::now();
            watched = self
                .changed
                .wait_timeout(watched, TICK)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            *watched = false;
            if begin.at.elapsed() >= TICK {
                self.call_back(begin.load(self.cores), &mut quiet_ticks);
            }
        }
        // Another one is to watch now.
        self.changed.notify_one();
    }

    /// Leaves few on duty if this process keeps the processor busy.
    fn relieve_if_busy(&self) {
        if self.allowed.load(Ordering::SeqCst) <= self.few {
            return;
        }
        let Ok(mut looked) = self.looked.try_lock() else {
            return; // Another thread looks.
        };
        if looked.at.elapsed() >= TICK {
            if looked.load(self.cores) == Load::Busy {
                self.allowed.store(self.few, Ordering::SeqCst);
            }
            *looked = Moment::now();
        }
    }

    /// Allows more threads on duty, after a tick with this load.
    fn call_back(&self, load: Load, quiet_ticks: &mut u32) {
        let one_waits = self.waiting.load(Ordering::SeqCst) > 0;
        *quiet_ticks = if one_waits && load != Load::Busy {
            *quiet_ticks + 1
        } else {
            0
        };
        if *quiet_ticks >= QUIET_TICKS {
            self.allowed.store(self.all, Ordering::SeqCst);
            self.changed.notify_all();
        } else if !one_waits && load == Load::Idle {
            self.allowed.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Takes this thread off duty if more are than may be.
    fn leave(&self) -> bool {
        self.change(|on_duty, allowed| (on_duty > allowed).then(|| on_duty - 1))
    }

    /// Takes this thread on duty if there may be another one.
    fn enter(&self) -> bool {
        self.change(|on_duty, allowed| (on_duty < allowed).then(|| on_duty + 1))
    }

    fn change(&self, next: impl Fn(usize, usize) -> Option<usize>) -> bool {
        self.on_duty
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |on_duty| {
                next(on_duty, self.allowed.load(Ordering::SeqCst))
            })
            .is_ok()
    }

    /// A thread begins to wait for a client.
    pub(super) fn begin_wait(&self) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
    }

    /// A thread has a client, or is to end.
    pub(super) fn end_wait(&self) {
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }

    /// All threads are to look whether they are to end.
    pub(super) fn wake_all(&self) {
        let _watched = self.lock();
        self.changed.notify_all();
    }

    /// How many threads may take clients.
    #[cfg(test)]
    pub(super) fn allowed(&self) -> usize {
        self.allowed.load(Ordering::SeqCst)
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number of threads that stay on duty where nobody says it.
pub(super) fn few() -> usize {
    FEW_PER_CORE * cores()
}

fn cores() -> usize {
    available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}

/// How much of the processor this process uses. The clients, and what is behind the token, may use the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Load {
    /// More than a half.
    Busy,
    Moderate,
    /// Less than a quarter.
    Idle,
}

/// A point in time, and the processor time that this process had used by then.
#[derive(Debug)]
struct Moment {
    at: Instant,
    used: Duration,
}

impl Moment {
    fn now() -> Self {
        Self {
            at: Instant::now(),
            used: processor_time(),
        }
    }

    /// The load since then.
    fn load(&self, cores: u32) -> Load {
        let used = processor_time().saturating_sub(self.used);
        let whole = self.at.elapsed() * cores;
        if used * 2 > whole {
            Load::Busy
        } else if used * 4 < whole {
            Load::Idle
        } else {
            Load::Moderate
        }
    }
}

/// Zero where the system does not tell, and then all threads stay on duty.
fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}
