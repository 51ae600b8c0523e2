//! Owns the login that is lost behind the application's back.

use std::sync::atomic::{AtomicU64, Ordering};

use cryptoki_sys::{CK_ULONG, CK_USER_TYPE};

use crate::call::Call;
use crate::names::{Function, Rv};
use crate::raw::{Outcome, Pointer};
use crate::sessions::{self, Session};
use crate::target::forward;

/// What operations that need the login are answered; 0 if it is not lost.
static LOST: AtomicU64 = AtomicU64::new(0);

/// Lets operations that need the login fail until there is one again.
pub(crate) fn forget(answer: Rv) {
    LOST.store(answer.0, Ordering::SeqCst);
}

/// There is a login again, or nothing that could have one.
pub(crate) fn clear() {
    LOST.store(0, Ordering::SeqCst);
}

/// Logs out of the real module, for all its slots with sessions.
pub(crate) fn log_out_target() {
    for session in sessions::one_per_slot() {
        // A token that nobody is logged in to answers so, and that is as good.
        let _ = log_out(&session);
    }
}

fn log_out(session: &Session) -> Outcome {
    forward!(C_Logout, session.target())
}

/// Whether the function may be called.
pub(crate) fn check(function: Function) -> Outcome {
    match LOST.load(Ordering::SeqCst) {
        0 => Ok(()),
        answer if needs_login(function) => Err(Rv(answer)),
        _ => Ok(()),
    }
}

fn needs_login(function: Function) -> bool {
    matches!(
        function,
        Function::C_DecryptInit
            | Function::C_SignInit
            | Function::C_SignRecoverInit
            | Function::C_GenerateKey
            | Function::C_GenerateKeyPair
            | Function::C_UnwrapKey
            | Function::C_DeriveKey
    )
}

/// C_Login.
pub(crate) fn login(
    _: &Call,
    session: &Session,
    user: CK_USER_TYPE,
    pin: Pointer<u8>,
    length: CK_ULONG,
) -> Outcome {
    forward!(C_Login, session.target(), user, pin.as_raw(), length)?;
    clear();
    Ok(())
}
