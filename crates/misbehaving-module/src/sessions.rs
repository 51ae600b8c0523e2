//! Owns the sessions: the numbers that the application knows them by, their limit, and their end.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptoki_sys::{
    CK_FLAGS, CK_NOTIFY, CK_SESSION_HANDLE, CK_SESSION_INFO, CK_SLOT_ID, CK_ULONG,
    CKR_CRYPTOKI_NOT_INITIALIZED, CKR_SESSION_COUNT, CKR_SESSION_HANDLE_INVALID,
    CKR_TOKEN_NOT_PRESENT,
};

use crate::call::Call;
use crate::names::Rv;
use crate::raw::{Outcome, Pointer, ulong};
use crate::statistics::Counters;
use crate::target::forward;
use crate::{objects, token_presence};

/// A session of the real module; closed there when it is dropped, unless it was before.
#[derive(Debug)]
pub(crate) struct Session {
    target: CK_SESSION_HANDLE,
    /// In the real module.
    slot: CK_SLOT_ID,
    /// How often the real module had been finalised when it was opened.
    finalizations: u64,
    closed: AtomicBool,
    /// Whether C_SignInit was last called with an ECDSA mechanism.
    pub(crate) signs_ecdsa: AtomicBool,
    /// Whether C_SignInit or C_VerifyInit was last called with CKM_ECDSA, which takes a digest.
    pub(crate) takes_digest: AtomicBool,
    counters: Option<Arc<Counters>>,
}

impl Session {
    /// Its handle in the real module.
    pub(crate) fn target(&self) -> CK_SESSION_HANDLE {
        self.target
    }

    fn close(&self) -> Outcome {
        forward!(C_CloseSession, self.target)?;
        self.closed.store(true, Ordering::SeqCst);
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        objects::session_closed(self.target);
        if !self.closed.load(Ordering::SeqCst) && table().finalizations == self.finalizations {
            // There is nobody who could be told.
            let _ = self.close();
        }
    }
}

/// Sessions that the application has lost; dropped where the real module may be called.
pub(crate) type Killed = Vec<Arc<Session>>;

struct Table {
    initialized: bool,
    finalizations: u64,
    open: BTreeMap<CK_SESSION_HANDLE, Arc<Session>>,
    /// How calls in sessions that were killed are answered.
    killed: BTreeMap<CK_SESSION_HANDLE, Rv>,
    /// How many C_OpenSession are under way.
    opening: usize,
    last: CK_SESSION_HANDLE,
}

static TABLE: Mutex<Table> = Mutex::new(Table {
    initialized: false,
    finalizations: 0,
    open: BTreeMap::new(),
    killed: BTreeMap::new(),
    opening: 0,
    last: 0,
});

fn table() -> MutexGuard<'static, Table> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Table {
    fn remove(&mut self, handle: CK_SESSION_HANDLE) -> Option<Arc<Session>> {
        let session = self.open.remove(&handle)?;
        if let Some(counters) = &session.counters {
            counters.closed();
        }
        Some(session)
    }

    fn remove_all(&mut self, slot: Option<CK_SLOT_ID>) -> Vec<(CK_SESSION_HANDLE, Arc<Session>)> {
        let of_slot = |session: &Session| slot.is_none_or(|slot| session.slot == slot);
        let handles: Vec<CK_SESSION_HANDLE> = self
            .open
            .iter()
            .filter(|(_, session)| of_slot(session))
            .map(|(handle, _)| *handle)
            .collect();
        handles
            .into_iter()
            .filter_map(|handle| Some((handle, self.remove(handle)?)))
            .collect()
    }

    fn new_handle(&mut self, reuse: bool) -> CK_SESSION_HANDLE {
        let handle = if reuse {
            (1..)
                .find(|handle| !self.open.contains_key(handle))
                .unwrap_or(CK_SESSION_HANDLE::MAX)
        } else {
            self.last + 1
        };
        self.last = self.last.max(handle);
        self.killed.remove(&handle);
        handle
    }
}

/// The session that the application calls so.
pub(crate) fn find(handle: CK_SESSION_HANDLE) -> Outcome<Arc<Session>> {
    let table = table();
    if !table.initialized {
        return Err(Rv(CKR_CRYPTOKI_NOT_INITIALIZED));
    }
    match (table.open.get(&handle), table.killed.get(&handle)) {
        (Some(session), _) => Ok(Arc::clone(session)),
        (None, Some(answer)) => Err(*answer),
        (None, None) => Err(Rv(CKR_SESSION_HANDLE_INVALID)),
    }
}

/// One open session of each slot that has one.
pub(crate) fn one_per_slot() -> Vec<Arc<Session>> {
    let table = table();
    let mut found: BTreeMap<CK_SLOT_ID, Arc<Session>> = BTreeMap::new();
    for session in table.open.values() {
        found
            .entry(session.slot)
            .or_insert_with(|| Arc::clone(session));
    }
    found.into_values().collect()
}

/// Ends the sessions of a slot of the real module, or all; calls in them are answered so.
pub(crate) fn kill(slot: Option<CK_SLOT_ID>, answer: Rv) -> Killed {
    let mut table = table();
    let removed = table.remove_all(slot);
    table
        .killed
        .extend(removed.iter().map(|(handle, _)| (*handle, answer)));
    removed.into_iter().map(|(_, session)| session).collect()
}

/// C_Initialize succeeded, or somebody else had called it; returns whether it had before, here.
pub(crate) fn initialized() -> bool {
    std::mem::replace(&mut table().initialized, true)
}

/// C_Finalize succeeded: the real module has no session any more.
pub(crate) fn finalized() {
    let mut table = table();
    table.initialized = false;
    table.finalizations += 1;
    table.killed.clear();
    let removed = table.remove_all(None);
    // Dropping one takes the lock.
    drop(table);
    drop(removed);
}

/// C_OpenSession.
pub(crate) fn open(
    call: &Call,
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    _application: Pointer<std::ffi::c_void>,
    _notify: CK_NOTIFY,
    handle: Pointer<CK_SESSION_HANDLE>,
) -> Outcome {
    let slot = token_presence::slot_with_token(slot)?;
    let finalizations = reserve(call)?;
    let mut target = 0;
    // A notification would name the session by the real module's number, so none is asked for.
    let opened = forward!(
        C_OpenSession,
        slot,
        flags,
        std::ptr::null_mut(),
        None,
        &raw mut target
    );
    let mut table = table();
    table.opening -= 1;
    opened?;
    let session = Arc::new(Session {
        target,
        slot,
        finalizations,
        closed: AtomicBool::new(false),
        signs_ecdsa: AtomicBool::new(false),
        takes_digest: AtomicBool::new(false),
        counters: call.active.counters.clone(),
    });
    // The token may have been removed meanwhile; and nobody could close a session without a handle.
    let removed = !token_presence::is_present(slot);
    if removed || call.result_is_lost {
        drop(table);
        drop(session);
        return if removed {
            Err(Rv(CKR_TOKEN_NOT_PRESENT))
        } else {
            Ok(())
        };
    }
    if let Some(counters) = &session.counters {
        counters.opened();
    }
    let new = table.new_handle(call.active.control.handles.reuse_sessions);
    table.open.insert(new, session);
    handle.write(new);
    Ok(())
}

/// Takes a place within the limit; returns the number of finalisations.
fn reserve(call: &Call) -> Outcome<u64> {
    let mut table = table();
    let taken = ulong(table.open.len() + table.opening);
    let limit = call.active.control.sessions.limit;
    if limit.is_some_and(|limit| taken >= limit) {
        return Err(Rv(CKR_SESSION_COUNT));
    }
    table.opening += 1;
    Ok(table.finalizations)
}

/// C_CloseSession.
pub(crate) fn close(_: &Call, handle: CK_SESSION_HANDLE) -> Outcome {
    let session = match find(handle) {
        Ok(session) => session,
        Err(rv) => {
            // It answers once as it was told to, and is unknown from then on.
            table().killed.remove(&handle);
            return Err(rv);
        }
    };
    session.close()?;
    let removed = table().remove(handle);
    drop(removed);
    Ok(())
}

/// C_CloseAllSessions.
pub(crate) fn close_all(_: &Call, slot: CK_SLOT_ID) -> Outcome {
    let slot = token_presence::slot_with_token(slot)?;
    forward!(C_CloseAllSessions, slot)?;
    let removed = table().remove_all(Some(slot));
    for (_, session) in &removed {
        session.closed.store(true, Ordering::SeqCst);
    }
    drop(removed);
    Ok(())
}

/// C_GetSessionInfo.
pub(crate) fn info(_: &Call, session: &Session, info: Pointer<CK_SESSION_INFO>) -> Outcome {
    forward!(C_GetSessionInfo, session.target(), info.as_raw())?;
    let mut told = info.read()?;
    told.slotID = token_presence::slot_of(session.slot);
    info.write(told);
    Ok(())
}

/// How many sessions are open.
pub(crate) fn count() -> CK_ULONG {
    ulong(table().open.len())
}
