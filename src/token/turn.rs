//! Owns the turn to look for a token that failed or went away: one thread has it at a time.

use std::mem;
use std::sync::atomic::AtomicBool;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::recovery::Recovery;

/// The turn to look for the token, which one thread has at a time.
#[derive(Debug, Default)]
pub(super) struct RecoveryTurn {
    state: Mutex<TurnState>,
    passed: Condvar,
    /// The token itself refused the PIN, so that a reload with the same PIN would be another try.
    pub(super) burnt: AtomicBool,
}

#[derive(Debug, Default)]
struct TurnState {
    recovery: Recovery,
    taken: Option<Instant>,
}

/// Gives the turn back on drop.
pub(super) struct Turn<'a> {
    of: &'a RecoveryTurn,
    pub(super) recovery: Recovery,
}

impl RecoveryTurn {
    /// The turn, or `None` if another thread keeps it for longer than `wait`.
    pub(super) fn take(&self, wait: Duration) -> Option<Turn<'_>> {
        let (mut state, timeout) = self
            .passed
            .wait_timeout_while(self.lock(), wait, |state| state.taken.is_some())
            .unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
            return None;
        }
        state.taken = Some(Instant::now());
        Some(Turn {
            of: self,
            recovery: mem::take(&mut state.recovery),
        })
    }

    /// Whether a thread has had the turn for longer than `time`.
    pub(super) fn is_held_for(&self, time: Duration) -> bool {
        let taken = self.lock().taken;
        taken.is_some_and(|since| since.elapsed() > time)
    }

    fn lock(&self) -> MutexGuard<'_, TurnState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.of.lock();
        state.recovery = mem::take(&mut self.recovery);
        state.taken = None;
        drop(state);
        self.of.passed.notify_all();
    }
}
