//! Owns the case about the number of sessions: they are opened until one is refused.

use std::time::{Duration, Instant};

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::session::Session;
use cryptoki::slot::{Limit, TokenInfo};

use crate::check::alone::Alone;
use crate::check::finding::Finding;
use crate::check::outcome::{Fact, Verdict};
use crate::check::subject::Subject;
use crate::error::{Error, Result};

/// More sessions are not opened.
const MOST: usize = 1000;

/// In a short run.
const MOST_QUICK: usize = 64;

/// A token that opens them slowly is left alone after this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the token says of its sessions.
#[derive(Clone, Copy, PartialEq)]
enum Claim {
    Sessions(u64),
    Infinite,
    Nothing,
}

pub(super) fn look(subject: &mut Subject) -> Result<Verdict> {
    let most = match subject.quick {
        true => MOST_QUICK,
        false => MOST,
    };
    subject.alone(|alone| {
        let info = alone.call(Function::GetTokenInfo, |pkcs11| {
            pkcs11.get_token_info(alone.slot())
        });
        let claim = info.map_or(Claim::Nothing, |info| claim(&info));
        let (mut sessions, refusal) = open(alone, most)?;
        let count = sessions.len();
        let verdict = judge(claim, count, refusal.as_ref());
        if refusal.is_none() {
            return Ok(verdict);
        }
        drop(sessions.pop());
        // A closed session makes room for another one.
        Ok(match alone.open_session() {
            Ok(_) => verdict,
            Err(error) => verdict.with_failure(
                Finding::of("room for a session, as one was closed", &error).remedy(
                    "free a session when it is closed: Parsec replaces those that failed, and would run out of them",
                ),
            ),
        })
    })
}

/// Opens sessions until one is refused; the first one has to open.
fn open(alone: &Alone, most: usize) -> Result<(Vec<Session>, Option<Error>)> {
    let begin = Instant::now();
    let mut sessions = vec![alone.open_session()?];
    while sessions.len() < most && begin.elapsed() < PATIENCE {
        match alone.open_session() {
            Ok(session) => sessions.push(session),
            Err(error) => return Ok((sessions, Some(error))),
        }
    }
    Ok((sessions, None))
}

fn claim(info: &TokenInfo) -> Claim {
    let limits = [info.max_session_count(), info.max_rw_session_count()];
    let told = limits.iter().filter_map(|limit| match limit {
        Limit::Max(limit) => Some(*limit),
        Limit::Unavailable | Limit::Infinite => None,
    });
    match told.min() {
        Some(limit) => Claim::Sessions(limit),
        None if limits.iter().all(|limit| matches!(limit, Limit::Infinite)) => Claim::Infinite,
        None => Claim::Nothing,
    }
}

fn judge(claim: Claim, count: usize, refusal: Option<&Error>) -> Verdict {
    let told = match claim {
        Claim::Sessions(limit) => format!("{limit} sessions"),
        Claim::Infinite => "as many sessions as one likes".to_owned(),
        Claim::Nothing => "no limit told".to_owned(),
    };
    let opened = u64::try_from(count).unwrap_or(u64::MAX);
    let verdict = Verdict::pass().note(match refusal {
        Some(_) => format!("{count} sessions can be open; C_GetTokenInfo: {told}"),
        None => {
            format!("{count} sessions were opened, and no more were tried; C_GetTokenInfo: {told}")
        }
    });
    let Some(refusal) = refusal else {
        return match claim {
            Claim::Sessions(limit) if opened > limit => verdict.with_warning(
                Finding::new(told, format!("{count} sessions"))
                    .by("C_OpenSession")
                    .remedy(
                        "tell the real limit: Parsec opens no more sessions than the token says",
                    ),
            ),
            _ => verdict,
        };
    };
    let fewer = match claim {
        Claim::Sessions(limit) => opened < limit,
        Claim::Infinite => true,
        Claim::Nothing => false,
    };
    let mut verdict = verdict;
    if refusal.ckr() != Some(RvError::SessionCount) {
        verdict = verdict
            .with_warning(Finding::of("CKR_SESSION_COUNT", refusal).remedy(
                "let C_OpenSession return CKR_SESSION_COUNT; until then set max_sessions, as Parsec takes another \
                 value for a failure",
            ))
            .fact(for_operations(count));
    }
    if fewer {
        verdict =
            verdict
                .with_warning(Finding::of(told, refusal).remedy(
                    "tell the real limit in ulMaxSessionCount; until then set max_sessions",
                ))
                .fact(for_operations(count));
    } else if count == 1 {
        verdict = verdict
            .with_warning(Finding::of("more than one session", refusal).remedy(
                "requests are served one after the other on this token; a token with more sessions serves many \
                 clients at once",
            ))
            .fact(for_operations(count));
    }
    verdict
}

/// The provider keeps one session for the login and has `max_sessions` beside it; of one alone, it makes both.
fn for_operations(count: usize) -> Fact {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    Fact::MaxSessions {
        count: count.saturating_sub(1).max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::outcome::Outcome;
    use cryptoki::error::Error as CryptokiError;

    fn refused(value: RvError) -> Error {
        CryptokiError::Pkcs11(value, Function::OpenSession).into()
    }

    #[test]
    fn a_limit_that_is_true_passes() {
        let refusal = refused(RvError::SessionCount);
        let verdict = judge(Claim::Sessions(8), 8, Some(&refusal));
        assert_eq!(verdict.outcome, Outcome::Pass);
        assert_eq!(verdict.facts, []);
        assert_eq!(judge(Claim::Infinite, 1000, None).outcome, Outcome::Pass);
        assert_eq!(
            judge(Claim::Nothing, 8, Some(&refusal)).outcome,
            Outcome::Pass
        );
    }

    #[test]
    fn fewer_sessions_than_told_are_a_fact_for_the_profile() {
        let refusal = refused(RvError::SessionCount);
        for claim in [Claim::Sessions(9), Claim::Infinite] {
            let verdict = judge(claim, 8, Some(&refusal));
            assert_eq!(verdict.outcome, Outcome::Warn);
            assert_eq!(verdict.facts, [Fact::MaxSessions { count: 7 }]);
        }
        let verdict = judge(Claim::Sessions(1), 1, Some(&refusal));
        assert_eq!(verdict.facts, [Fact::MaxSessions { count: 1 }]);
    }

    #[test]
    fn more_sessions_than_told_and_vague_refusals_warn() {
        assert_eq!(judge(Claim::Sessions(9), 10, None).outcome, Outcome::Warn);
        let refusal = refused(RvError::DeviceMemory);
        assert_eq!(
            judge(Claim::Nothing, 10, Some(&refusal)).outcome,
            Outcome::Warn
        );
    }
}
