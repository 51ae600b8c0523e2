//! Owns the handles of keys: where a key's objects were found, until they are gone.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use crate::ec::PublicKey;
use crate::error::{CkrClass, Error, ErrorKind, Result};

use super::object::{Object, denied, find_key};
use super::{KeyClass, KeyId, KeyRef, PooledSession};

/// The object of one key and class, once it was found.
///
/// Who uses the object holds this for reading, who destroys it for writing: so nobody uses a handle
/// that by then may name another object.
pub(super) type Place = Arc<RwLock<Option<Object>>>;

/// The places of all keys that were used since the login.
#[derive(Default)]
pub(super) struct Handles(RwLock<HashMap<(KeyId, KeyClass), Place>>);

impl Handles {
    /// The place of a key's object, empty if it was not looked for yet.
    pub(super) fn place(&self, id: KeyId, class: KeyClass) -> Place {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = known.get(&(id, class)) {
            return Arc::clone(place);
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry((id, class)).or_default())
    }

    /// The public key of a key that was read before.
    pub(super) fn public_key(&self, key: KeyRef) -> Option<PublicKey> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let place = Arc::clone(known.get(&(key.id, KeyClass::Public))?);
        drop(known);
        let found = place.read().unwrap_or_else(PoisonError::into_inner);
        let object = found.as_ref().filter(|object| object.is_meant_by(key))?;
        object.public_key.get().cloned()
    }

    /// Forgets a key that was destroyed; its identifier is not used again.
    pub(super) fn forget(&self, id: KeyId, class: KeyClass) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.remove(&(id, class));
    }
}

impl fmt::Debug for Handles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handles").finish_non_exhaustive()
    }
}

impl PooledSession {
    /// Uses the object of a key: the one found before, without a search, or else the one that a
    /// search finds now.
    ///
    /// A handle that turns out to be stale, as somebody else destroyed the object, is searched for
    /// once more; `use_it` is then called again.
    ///
    /// # Errors
    ///
    /// Those of the search ([`find_key`]) and of `use_it`.
    pub(crate) fn with_key<T>(
        &self,
        key: KeyRef,
        class: KeyClass,
        use_it: impl Fn(&Object) -> Result<T>,
    ) -> Result<T> {
        let place = self.handles().place(key.id, class);
        if !self.keeps_handles() {
            let _used = place.read().unwrap_or_else(PoisonError::into_inner);
            let used = use_it(&find_key(self, key, class)?);
            return used.map_err(|error| self.gone_or_denied(error, key, class));
        }
        match self.use_found(&place, key, &use_it) {
            Some(Err(error)) if is_stale(&error) => {
                *place.write().unwrap_or_else(PoisonError::into_inner) = None;
            }
            Some(outcome) => return outcome,
            None => {}
        }
        self.search(&place, key, class)?;
        match self.use_found(&place, key, &use_it) {
            Some(outcome) => outcome.map_err(|error| self.gone_or_denied(error, key, class)),
            // Destroyed since, or an object of another curve than the one asked for.
            None => Err(Error::new(
                ErrorKind::DoesNotExist,
                format!("the token holds no {class} object with CKA_ID {}", key.id),
            )),
        }
    }

    /// What an error says of a handle that a search has just found: the object is gone, or the token denies it.
    fn gone_or_denied(&self, error: Error, key: KeyRef, class: KeyClass) -> Error {
        if !is_stale(&error) {
            return error;
        }
        match find_key(self, key, class) {
            Ok(_) => denied(error),
            Err(gone) => gone,
        }
    }

    fn use_found<T>(
        &self,
        place: &Place,
        key: KeyRef,
        use_it: &impl Fn(&Object) -> Result<T>,
    ) -> Option<Result<T>> {
        let found = place.read().unwrap_or_else(PoisonError::into_inner);
        let object = found.as_ref().filter(|object| object.is_meant_by(key))?;
        Some(use_it(object))
    }

    fn search(&self, place: &Place, key: KeyRef, class: KeyClass) -> Result<()> {
        let mut found = place.write().unwrap_or_else(PoisonError::into_inner);
        *found = None;
        *found = Some(find_key(self, key, class)?);
        Ok(())
    }
}

impl Object {
    fn is_meant_by(&self, key: KeyRef) -> bool {
        key.curve.is_none_or(|curve| curve == self.curve)
    }
}

fn is_stale(error: &Error) -> bool {
    error.ckr_class() == Some(CkrClass::Handle)
}
