//! Owns the object handles: the numbers that the application knows objects by.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_INVALID_HANDLE, CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKA_TOKEN,
};

use crate::raw;

struct Numbered {
    target: CK_OBJECT_HANDLE,
    /// The session of the real module that a session object ends with.
    session: Option<CK_SESSION_HANDLE>,
}

struct Map {
    /// Whether objects have numbers of this module at all.
    in_use: bool,
    numbered: BTreeMap<CK_OBJECT_HANDLE, Numbered>,
    /// The handles in the real module of all objects that the application was told of.
    known: BTreeSet<CK_OBJECT_HANDLE>,
}

static MAP: Mutex<Map> = Mutex::new(Map {
    in_use: false,
    numbered: BTreeMap::new(),
    known: BTreeSet::new(),
});

fn map() -> MutexGuard<'static, Map> {
    MAP.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins anew, with small numbers or with the handles of the real module.
pub(crate) fn begin(in_use: bool) {
    let mut map = map();
    map.in_use = in_use;
    map.numbered.clear();
    map.known.clear();
}

/// The handle in the real module; for a number that no object has, one that no module gives.
pub(crate) fn to_target(object: CK_OBJECT_HANDLE) -> CK_OBJECT_HANDLE {
    let map = map();
    if !map.in_use {
        return object;
    }
    map.numbered
        .get(&object)
        .map_or(CK_INVALID_HANDLE, |numbered| numbered.target)
}

/// The number of an object that was found.
pub(crate) fn to_application(target: CK_OBJECT_HANDLE) -> CK_OBJECT_HANDLE {
    map().number(target, None)
}

/// The number of an object that was created in this session with this template.
pub(crate) fn created(
    target: CK_OBJECT_HANDLE,
    session: CK_SESSION_HANDLE,
    template: &[CK_ATTRIBUTE],
) -> CK_OBJECT_HANDLE {
    let on_token = template.iter().any(|attribute| {
        attribute.type_ == CKA_TOKEN && raw::value(attribute).is_some_and(|value| value != [0])
    });
    map().number(target, (!on_token).then_some(session))
}

/// The handles in the real module of the objects that the application was told of since C_Initialize, the
/// smallest first, which is the oldest where the real module counts.
pub(crate) fn known() -> Vec<CK_OBJECT_HANDLE> {
    map().known.iter().copied().collect()
}

/// C_DestroyObject succeeded: the number is free.
pub(crate) fn destroyed(object: CK_OBJECT_HANDLE) {
    map().numbered.remove(&object);
}

/// The session is closed, and its session objects are no more.
pub(crate) fn session_closed(session: CK_SESSION_HANDLE) {
    map()
        .numbered
        .retain(|_, numbered| numbered.session != Some(session));
}

impl Map {
    fn number(
        &mut self,
        target: CK_OBJECT_HANDLE,
        session: Option<CK_SESSION_HANDLE>,
    ) -> CK_OBJECT_HANDLE {
        self.known.insert(target);
        if !self.in_use {
            return target;
        }
        let mut known = self.numbered.iter();
        if let Some((number, _)) = known.find(|(_, numbered)| numbered.target == target) {
            return *number;
        }
        let number = (1..)
            .find(|number| !self.numbered.contains_key(number))
            .unwrap_or(CK_OBJECT_HANDLE::MAX);
        self.numbered.insert(number, Numbered { target, session });
        number
    }
}
