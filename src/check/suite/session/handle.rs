//! Owns the cases about the handles of sessions.

use cryptoki::context::Function;
use cryptoki::error::RvError;

use crate::check::outcome::Verdict;
use crate::check::refusal::Refusal;
use crate::check::subject::Subject;
use crate::error::Result;

pub(super) fn stale(subject: &mut Subject) -> Result<Verdict> {
    let refusal = Refusal {
        call: "C_GetSessionInfo",
        named: &[RvError::SessionHandleInvalid, RvError::SessionClosed],
    };
    subject.alone(|alone| {
        // C_Finalize closes it, and no other one is opened that could get its number.
        let session = alone.call(Function::OpenSession, |pkcs11| {
            pkcs11.open_rw_session_no_drop(alone.slot())
        })?;
        alone.reinitialize()?;
        refusal.judge(alone.call(Function::GetSessionInfo, |_| session.get_session_info()))
    })
}

/// Handles may be reused, and the provider keeps none of a session that it closed.
pub(super) fn reuse(subject: &mut Subject) -> Result<Verdict> {
    subject.alone(|alone| {
        let mut handles = Vec::new();
        for _ in 0..3 {
            handles.push(alone.open_session()?.handle());
        }
        let is_reused = handles.iter().any(|handle| {
            handles
                .iter()
                .filter(|other| *other == handle)
                .nth(1)
                .is_some()
        });
        Ok(Verdict::pass().note(match is_reused {
            true => "handles of closed sessions are given to new ones",
            false => "each session had a handle of its own",
        }))
    })
}
