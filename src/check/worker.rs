//! Owns the worker: the process that runs the cases, and that a module may crash.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Instant;

use zeroize::Zeroizing;

use super::case::Case;
use super::message::{Message, Plan, receive_pin, receive_unbuffered, send};
use super::outcome::Verdict;
use super::subject::Subject;
use super::{journal, leftovers, report, suite};
use crate::config::Pin;
use crate::error::{Error, ErrorKind, Result};

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
            Err(error) => return cannot_start(&mut supervisor, &error),
        }
    } else if let Err(error) = subject.token() {
        return cannot_start(&mut supervisor, &error);
    }
    let cases = suite::cases();
    for id in &plan.cases {
        if let Some(case) = cases.iter().find(|case| case.id() == id) {
            send(&mut supervisor, &Message::Begun { id: id.clone() })?;
            let begin = Instant::now();
            let verdict = verdict(case, &mut subject);
            let ended = case.ended(verdict, begin.elapsed(), plan.level);
            send(&mut supervisor, &Message::Ended(Box::new(ended)))?;
        }
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

fn cannot_start(supervisor: &mut impl Write, error: &Error) -> io::Result<()> {
    send(
        supervisor,
        &Message::CannotStart {
            reason: error.to_string(),
            pin_refused: error.kind() == ErrorKind::PinRefused,
        },
    )
}

fn verdict(case: &Case, subject: &mut Subject) -> Verdict {
    match run(case, subject) {
        Ok(verdict) => verdict,
        Err(error) => Verdict::of_error(case.title(), &error),
    }
}

/// A token that mixes up handles has them right again once the module is initialised anew.
fn run(case: &Case, subject: &mut Subject) -> Result<Verdict> {
    match case.run(subject) {
        Err(error) if error.kind() == ErrorKind::HandleClash => {
            subject.close();
            case.run(subject).map(|verdict| {
                verdict
                    .note("the module was initialised anew, as it mixed up the handles of objects")
            })
        }
        outcome => outcome,
    }
}
