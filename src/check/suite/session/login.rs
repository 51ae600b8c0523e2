//! Owns the cases about the login and what it lets sessions do. The right PIN alone is tried.

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::session::{SessionState, UserType};
use cryptoki::types::RawAuthPin;

use super::{another, info_of, is_logged_in};
use crate::check::alone::Alone;
use crate::check::finding::Finding;
use crate::check::lone_pair;
use crate::check::outcome::Verdict;
use crate::check::refusal::Refusal;
use crate::check::subject::Subject;
use crate::error::{Error, ErrorKind, Result};
use crate::op::NewKey;
use crate::op::template::Lifetime;

pub(super) fn info(subject: &mut Subject) -> Result<Verdict> {
    subject.alone(|alone| {
        let session = alone.open_session()?;
        let before = match info_of(alone, &session) {
            Err(error) if error.ckr() == Some(RvError::FunctionNotSupported) => {
                return Ok(Verdict::warn(
                    Finding::of("the state of the session", &error).remedy(
                        "implement C_GetSessionInfo: without it, Parsec takes every session for one that is logged in",
                    ),
                ));
            }
            info => info?,
        };
        let mut wrong = Vec::new();
        if before.slot_id() != alone.slot() {
            wrong.push(("the slot of the session", "another slot"));
        }
        if !before.read_write() {
            wrong.push(("CKF_RW_SESSION, as it was asked for", "no such flag"));
        }
        if before.session_state() != SessionState::RwPublic {
            wrong.push(("CKS_RW_PUBLIC_SESSION before the login", "another state"));
        }
        if alone.config().pin.is_some() {
            alone.login(&session)?;
            if info_of(alone, &session)?.session_state() != SessionState::RwUser {
                wrong.push(("CKS_RW_USER_FUNCTIONS after the login", "another state"));
            }
        }
        let verdict = wrong
            .into_iter()
            .fold(Verdict::pass(), |verdict, (expected, actual)| {
                verdict.with_failure(Finding::new(expected, actual).by("C_GetSessionInfo").remedy(
                    "tell the truth in CK_SESSION_INFO: Parsec finds out by it whether the login was lost",
                ))
            });
        Ok(verdict)
    })
}

pub(super) fn shared(subject: &mut Subject) -> Result<Verdict> {
    subject.alone(|alone| {
        let first = alone.open_session()?;
        let second = another(alone)?;
        alone.login(&first)?;
        let mut verdict = Verdict::pass();
        if !is_logged_in(alone, &second)? {
            verdict = verdict.with_failure(not_shared("a session that was open before the login"));
        }
        drop(second);
        if !is_logged_in(alone, &another(alone)?)? {
            verdict = verdict.with_failure(not_shared("a session that was opened after the login"));
        }
        Ok(verdict)
    })
}

fn not_shared(session: &str) -> Finding {
    Finding::new(format!("{session} is logged in"), "a public session")
        .by("C_GetSessionInfo")
        .remedy(
            "let the login hold for the application, not for one session; until then set max_sessions = 1 and use \
             a token with one session",
        )
}

pub(super) fn second(subject: &mut Subject) -> Result<Verdict> {
    let refusal = Refusal {
        call: "C_Login",
        named: &[RvError::UserAlreadyLoggedIn],
    };
    subject.alone(|alone| {
        let session = alone.open_session()?;
        alone.login(&session)?;
        let pin = alone.config().pin.as_ref().ok_or_else(no_pin)?;
        // The PIN was right a moment ago.
        let pin = RawAuthPin::new(Box::new(pin.as_bytes().to_vec()));
        let again = alone.call(Function::Login, |_| {
            session.login_with_raw(UserType::User, &pin)
        });
        Ok(match again {
            Ok(()) => Verdict::warn(
                Finding::new("CKR_USER_ALREADY_LOGGED_IN", "CKR_OK")
                    .by("C_Login")
                    .remedy("refuse a second login; Parsec makes none"),
            ),
            refused => refusal.judge(refused)?,
        })
    })
}

fn no_pin() -> Error {
    Error::new(ErrorKind::NotSupported, "no PIN was given")
}

pub(super) fn logout(subject: &mut Subject) -> Result<Verdict> {
    let refusal = Refusal {
        call: "C_Logout",
        named: &[RvError::UserNotLoggedIn],
    };
    subject.alone(|alone| {
        let first = alone.open_session()?;
        alone.login(&first)?;
        let second = another(alone).ok();
        alone.call(Function::Logout, |_| first.logout())?;
        for session in [Some(&first), second.as_ref()].into_iter().flatten() {
            if is_logged_in(alone, session)? {
                return Ok(Verdict::fail(still_in("C_Logout")));
            }
        }
        let again = alone.call(Function::Logout, |_| first.logout());
        Ok(match again {
            Ok(()) => Verdict::pass().note("C_Logout without a login is answered by CKR_OK"),
            refused => refusal.judge(refused)?,
        })
    })
}

fn still_in(call: &str) -> Finding {
    Finding::new("a public session", "a session that is logged in")
        .by(call)
        .remedy(
            "end the login: whoever uses the module next in the same process has the keys; Parsec is the only one \
             in its process",
        )
}

pub(super) fn last_closed(subject: &mut Subject) -> Result<Verdict> {
    subject.alone(|alone| {
        let session = alone.open_session()?;
        alone.login(&session)?;
        alone.call(Function::CloseSession, |_| session.close())?;
        let session = alone.open_session()?;
        Ok(match is_logged_in(alone, &session)? {
            false => Verdict::pass(),
            true => Verdict::warn(still_in("C_CloseSession")),
        })
    })
}

pub(super) fn read_only(subject: &mut Subject) -> Result<Verdict> {
    subject.alone(|alone| {
        let session = alone.call(Function::OpenSession, |pkcs11| {
            pkcs11.open_ro_session(alone.slot())
        })?;
        alone.login(&session)?;
        let key = lone_pair::new_key(alone)?;
        let made = lone_pair::generate(alone, &session, &key, Lifetime::Token);
        if made.is_ok() {
            remove(alone, &key);
        }
        let refusal = Refusal {
            call: "C_GenerateKeyPair",
            named: &[RvError::SessionReadOnly],
        };
        refusal.judge(made)
    })
}

/// What cannot be removed now is found by its label at the end of the run.
fn remove(alone: &Alone, key: &NewKey) {
    if let Ok(session) = alone.open_session() {
        let _ = lone_pair::destroy(alone, &session, key);
    }
}
