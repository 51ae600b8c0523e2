//! Owns the rule that one key name is created or destroyed by one request at a time.

use std::collections::HashSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::generation::KeyIdentity;

/// The names that are being created or destroyed.
#[derive(Debug, Default)]
pub(super) struct NameLocks {
    held: Mutex<HashSet<KeyIdentity>>,
    released: Condvar,
}

impl NameLocks {
    /// Waits until no other request creates or destroys `identity`, and holds it until the guard is
    /// dropped.
    pub(super) fn lock(&self, identity: &KeyIdentity) -> NameGuard<'_> {
        let mut held = self.held();
        while held.contains(identity) {
            held = self
                .released
                .wait(held)
                .unwrap_or_else(PoisonError::into_inner);
        }
        held.insert(identity.clone());
        NameGuard {
            locks: self,
            identity: identity.clone(),
        }
    }

    /// Holds `identity` unless somebody else does.
    pub(super) fn try_lock(&self, identity: &KeyIdentity) -> Option<NameGuard<'_>> {
        let is_free = self.held().insert(identity.clone());
        is_free.then(|| NameGuard {
            locks: self,
            identity: identity.clone(),
        })
    }

    fn held(&self) -> MutexGuard<'_, HashSet<KeyIdentity>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Holds one name.
#[derive(Debug)]
pub(super) struct NameGuard<'locks> {
    locks: &'locks NameLocks,
    identity: KeyIdentity,
}

impl Drop for NameGuard<'_> {
    fn drop(&mut self) {
        self.locks.held().remove(&self.identity);
        self.locks.released.notify_all();
    }
}
