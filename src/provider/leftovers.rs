//! Owns the creations that failed and could not be undone at once: they are when the token works again.

use std::collections::HashSet;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use parsec_interface::requests::Result;

use crate::generation::KeyIdentity;

use super::Core;

/// How often it is tried to undo them.
const EVERY: Duration = Duration::from_secs(1);

/// The names of creations that are to be undone.
#[derive(Debug, Default)]
pub(super) struct Leftovers {
    /// Looked at after each request, so that it costs nothing while there are none.
    any: AtomicBool,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    names: HashSet<KeyIdentity>,
    tried: Option<Instant>,
}

impl Leftovers {
    pub(super) fn add(&self, identity: &KeyIdentity) {
        self.waiting().names.insert(identity.clone());
        self.any.store(true, Ordering::Relaxed);
    }

    /// All names, if there are some and it is time to try.
    fn take(&self) -> HashSet<KeyIdentity> {
        if !self.any.load(Ordering::Relaxed) {
            return HashSet::new();
        }
        let mut waiting = self.waiting();
        if waiting.tried.is_some_and(|tried| tried.elapsed() < EVERY) {
            return HashSet::new();
        }
        waiting.tried = Some(Instant::now());
        self.any.store(false, Ordering::Relaxed);
        mem::take(&mut waiting.names)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Core {
    /// Passes on what a request came to; if it succeeded, the token works, and what was left is undone.
    ///
    /// The caller holds no name.
    pub(crate) fn tidied<T>(&self, outcome: Result<T>) -> Result<T> {
        if outcome.is_ok() {
            for identity in self.leftovers.take() {
                // Who holds the name may be at it, or fail at it: then it is looked at again.
                let undone = self
                    .names
                    .try_lock(&identity)
                    .is_some_and(|_guard| self.finish_leftover(&identity).is_ok());
                if !undone {
                    self.leftovers.add(&identity);
                }
            }
        }
        outcome
    }
}
