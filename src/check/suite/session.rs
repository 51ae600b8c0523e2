//! Owns the suite `session`: sessions and their limits, and the login that they share.

mod handle;
mod limit;
mod login;
mod wrong_pin;

use std::time::Duration;

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::session::{Session, SessionInfo, SessionState};

use crate::check::alone::Alone;
use crate::check::case::Case;
use crate::check::level::Level;
use crate::error::{ErrorKind, Result};

const LOGIN: &str = "PKCS#11 3.0, section 5.6.8";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "session.limit",
            "as many sessions can be opened as C_GetTokenInfo says",
            "PKCS#11 3.0, section 3.2, CK_TOKEN_INFO; section 5.6.1",
            limit::look,
        )
        .not_wrong_for(Level::Minimum)
        .within(Duration::from_secs(120))
        .quick(),
        Case::new(
            "session.info",
            "C_GetSessionInfo tells the slot, the state and whether the session writes",
            "PKCS#11 3.0, section 5.6.4",
            login::info,
        )
        .not_wrong_for(Level::Minimum)
        .quick(),
        Case::new(
            "session.login-shared",
            "a login holds for the sessions that are open, and for those opened later",
            LOGIN,
            login::shared,
        )
        .not_wrong_for(Level::Minimum)
        .quick(),
        Case::new(
            "session.second-login",
            "a second login is answered by CKR_USER_ALREADY_LOGGED_IN",
            LOGIN,
            login::second,
        )
        .quick(),
        Case::new(
            "session.logout",
            "C_Logout ends the login of all sessions",
            "PKCS#11 3.0, section 5.6.10",
            login::logout,
        )
        .quick(),
        Case::new(
            "session.last-closed",
            "closing the last session ends the login",
            "PKCS#11 3.0, section 5.6.2",
            login::last_closed,
        )
        .quick(),
        Case::new(
            "session.read-only",
            "a read-only session makes no token objects, and says CKR_SESSION_READ_ONLY",
            "PKCS#11 3.0, section 5.1.6; section 5.6.1",
            login::read_only,
        )
        .quick(),
        Case::new(
            "session.stale-handle",
            "the handle of a session that is gone is answered by CKR_SESSION_HANDLE_INVALID",
            "PKCS#11 3.0, section 5.1.2",
            handle::stale,
        )
        .not_wrong_for(Level::Full)
        .quick(),
        Case::new(
            "session.handle-reuse",
            "whether the handles of closed sessions are given to new ones",
            "PKCS#11 3.0, section 5.6.1",
            handle::reuse,
        )
        .quick(),
        Case::new(
            "session.wrong-pin",
            "a wrong PIN is answered by CKR_PIN_INCORRECT, and the right one logs in afterwards",
            LOGIN,
            wrong_pin::look,
        )
        .not_wrong_for(Level::Minimum),
    ]
}

/// Opens a session beside another one.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] if the token has one session only; what `C_OpenSession` returned otherwise.
fn another(alone: &Alone) -> Result<Session> {
    alone.open_session().map_err(|error| match error.ckr() {
        Some(RvError::SessionCount) => error
            .with_kind(ErrorKind::NotSupported)
            .context("the token has one session only"),
        _ => error,
    })
}

/// What `C_GetSessionInfo` says.
fn info_of(alone: &Alone, session: &Session) -> Result<SessionInfo> {
    alone.call(Function::GetSessionInfo, |_| session.get_session_info())
}

fn is_logged_in(alone: &Alone, session: &Session) -> Result<bool> {
    let state = info_of(alone, session)?.session_state();
    Ok(matches!(state, SessionState::RoUser | SessionState::RwUser))
}
