//! Owns the worker: the process that runs the cases, and that a module may crash.

use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process;
use std::thread;
use std::time::Instant;

use zeroize::Zeroizing;

use super::case::Case;
use super::finding::Finding;
use super::message::{Message, Plan, receive_pin, receive_unbuffered, send};
use super::outcome::{Fact, Outcome, Verdict};
use super::subject::Subject;
use super::{journal, leftovers, report, suite};
use crate::config::Pin;
use crate::ec::Curve;
use crate::error::{Error, ErrorKind};

/// What a token returns that ran out of something.
const VAGUE: [&str; 5] = [
    "CKR_GENERAL_ERROR",
    "CKR_FUNCTION_FAILED",
    "CKR_HOST_MEMORY",
    "CKR_DEVICE_MEMORY",
    "CKR_DEVICE_ERROR",
];

/// Runs the cases of the plan that comes over the standard input, a socket, and tells there how they end.
///
/// # Errors
///
/// What reading the plan or telling the outcomes returned.
pub fn work() -> io::Result<()> {
    let mut supervisor = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let plan: Plan = receive_unbuffered(&mut supervisor)?;
    let pin = match plan.has_pin {
        true => Some(receive_pin(&mut supervisor)?),
        false => None,
    };
    journal::begin(&plan.journal)?;
    end_with(supervisor.try_clone()?)?;

    let (target, run) = (plan.target.clone(), plan.run.clone());
    let mut subject = Subject::new(move || {
        let pin = pin.as_ref().map(|pin| Zeroizing::new(pin.to_vec()));
        target.config(pin.map(Pin::from_raw), &run)
    });
    subject.quick = plan.quick;
    subject.allow_wrong_pin = plan.allow_wrong_pin;

    if plan.describe {
        match report::describe(&mut subject) {
            Ok(description) => send(&mut supervisor, &Message::Token(Box::new(description)))?,
            Err(error) => return unreachable(&mut supervisor, &error),
        }
    } else if let Err(error) = subject.token() {
        return unreachable(&mut supervisor, &error);
    }
    let mut worked = HashSet::new();
    for case in planned(&plan) {
        let id = case.id().to_owned();
        send(&mut supervisor, &Message::Begun { id })?;
        let begin = Instant::now();
        let verdict = verdict(&case, &mut subject, &worked);
        if verdict.outcome == Outcome::Pass {
            worked.extend(case.curve());
        }
        if let Some(error) = subject.unreachable() {
            return unreachable(&mut supervisor, &error);
        }
        let ended = case.ended(verdict, begin.elapsed(), plan.level);
        send(&mut supervisor, &Message::Ended(Box::new(ended)))?;
    }
    let swept = subject
        .token()
        .and_then(|token| leftovers::sweep(token, &plan.run));
    send(
        &mut supervisor,
        &Message::Done {
            removed: swept.as_ref().copied().unwrap_or(0),
            problem: swept.err().map(|error| error.to_string()),
        },
    )?;
    subject.close();
    Ok(())
}

/// The cases of the plan, which has them in the order of the suites.
fn planned(plan: &Plan) -> impl Iterator<Item = Case> {
    let ids: HashSet<&str> = plan.cases.iter().map(String::as_str).collect();
    suite::cases()
        .into_iter()
        .filter(move |case| ids.contains(case.id()))
}

/// Ends this process once the supervisor is gone, whatever the module does then: nothing comes over the socket any
/// more but its end.
fn end_with(mut supervisor: UnixStream) -> io::Result<()> {
    thread::Builder::new()
        .name("supervisor's end".to_owned())
        .spawn(move || {
            let _ = supervisor.read(&mut [0]);
            process::exit(1);
        })?;
    Ok(())
}

fn unreachable(supervisor: &mut impl Write, error: &Error) -> io::Result<()> {
    send(
        supervisor,
        &Message::Unreachable {
            reason: error.to_string(),
            pin_refused: error.kind() == ErrorKind::PinRefused,
        },
    )
}

/// What the case says. A failure, or a lack of what worked before, that the module gives no reason for is looked at
/// again once the module was initialised anew, as some run out of something that only this gives back.
fn verdict(case: &Case, subject: &mut Subject, worked: &HashSet<Curve>) -> Verdict {
    let first = run(case, subject);
    let worked = case.curve().is_some_and(|curve| worked.contains(&curve));
    if !has_no_reason(&first) || (first.outcome == Outcome::Skip && !worked) {
        return first;
    }
    // What passes by itself is a failure all the same.
    let again = run(case, subject);
    if again.outcome != first.outcome {
        return at_random(case, first, &again);
    }
    subject.close();
    let anew = run(case, subject);
    if anew.outcome == first.outcome {
        return first;
    }
    // Another outcome without a reason is no answer either: nothing was given back.
    if has_no_reason(&anew) {
        return at_random(case, first, &anew);
    }
    subject.renew();
    renewed(anew)
}

/// Whether it is a failure or a lack by what a module returns that does not say why.
fn has_no_reason(verdict: &Verdict) -> bool {
    let is_vague = |text: &str| VAGUE.iter().any(|value| text.contains(value));
    match verdict.outcome {
        Outcome::Pass | Outcome::Warn => false,
        Outcome::Fail => verdict
            .findings
            .iter()
            .any(|finding| finding.value.as_deref().is_some_and(is_vague)),
        Outcome::Skip => verdict.reason.as_deref().is_some_and(is_vague),
    }
}

/// What fails or lacks in one try and ends otherwise in another, though nothing was done about it: that is a failure.
fn at_random(case: &Case, verdict: Verdict, other: &Verdict) -> Verdict {
    let verdict = match verdict.reason {
        Some(reason) => Verdict::fail(Finding::new(case.title(), reason)),
        None => verdict,
    };
    verdict.note(format!(
        "another try ended otherwise: {}",
        other.outcome.word()
    ))
}

fn run(case: &Case, subject: &mut Subject) -> Verdict {
    let outcome = match case.run(subject) {
        // A token that mixes up handles has them right again once the module is initialised anew.
        Err(error) if error.kind() == ErrorKind::HandleClash => {
            subject.renew();
            case.run(subject).map(renewed)
        }
        outcome => outcome,
    };
    outcome.unwrap_or_else(|error| Verdict::of_error(case.title(), &error))
}

fn renewed(verdict: Verdict) -> Verdict {
    let finding = Finding::new(
        "a module that works on while objects are made and destroyed",
        "it failed, and worked once it was initialised anew: it mixed up handles, or ran out of something",
    )
    .by("C_Initialize")
    .remedy("set renew_after_destroy in a quirk profile (--write-profile): the provider initialises the module anew then");
    let verdict = match verdict.outcome {
        Outcome::Skip => verdict.note(finding.actual),
        _ => verdict.with_warning(finding),
    };
    verdict.fact(Fact::RenewAfterDestroy)
}
