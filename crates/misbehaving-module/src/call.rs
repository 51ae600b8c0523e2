//! Owns the course of a call: counted, held up, refused, forwarded, falsified.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cryptoki_sys::{CK_RV, CK_SESSION_HANDLE, CKR_OK};

use crate::names::{Function, Rv};
use crate::raw::Outcome;
use crate::watch::{self, Active};
use crate::{login, signing};

/// How often a hanging call looks whether it shall go on.
const LOOK: Duration = Duration::from_millis(5);

/// A call that is made.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) active: Arc<Active>,
    pub(crate) function: Function,
    /// The application will be told an error whatever comes out of it.
    pub(crate) result_is_lost: bool,
}

/// Runs a function of this module. `session` is the session that it is called in, if any, and `body`
/// what it does when nothing prevents it.
pub(crate) fn run(
    function: Function,
    session: Option<CK_SESSION_HANDLE>,
    body: impl FnOnce(&Call) -> Outcome,
) -> CK_RV {
    match perform(function, session, body) {
        Ok(()) => CKR_OK,
        Err(rv) => rv.0,
    }
}

fn perform(
    function: Function,
    session: Option<CK_SESSION_HANDLE>,
    body: impl FnOnce(&Call) -> Outcome,
) -> Outcome {
    let mut active = watch::current()?;
    if let Some(counters) = &active.counters {
        counters.called(function);
    }
    if active.rules.hangs(function) {
        active = hang(active, function)?;
    }
    let plan = active.rules.plan(&active.control, function);
    if !plan.delay.is_zero() {
        thread::sleep(plan.delay);
    }
    if let Some(how) = plan.end_before {
        how.end();
    }
    let call = Call {
        active,
        function,
        result_is_lost: plan.replace.is_some(),
    };
    let outcome = match plan.refuse {
        Some(answer) => {
            if let Some(session) = session {
                signing::abandon(function, answer, session);
            }
            Err(answer)
        }
        None => login::check(function).and_then(|()| body(&call)),
    };
    if let Some(how) = plan.end_after {
        how.end();
    }
    let outcome = match plan.replace {
        Some(answer) => Err(answer),
        None => outcome,
    };
    // CKR_OK can be injected as well.
    let outcome = match outcome {
        Err(Rv(CKR_OK)) => Ok(()),
        other => other,
    };
    if outcome.is_ok() {
        call.active.rules.succeeded(function);
    }
    outcome
}

/// Waits until the control file lets calls of the function go on, and returns the one that does.
fn hang(active: Arc<Active>, function: Function) -> Outcome<Arc<Active>> {
    if let Some(counters) = &active.counters {
        counters.hangs();
    }
    let outcome = loop {
        match watch::current() {
            Ok(latest) if latest.rules.holds(function) => thread::sleep(LOOK),
            other => break other,
        }
    };
    if let Some(counters) = &active.counters {
        counters.hangs_no_more();
    }
    outcome
}
