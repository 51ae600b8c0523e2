//! Owns the supervisor: it starts workers, gives each case its time, and goes on after a crash or a hang.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use super::case::Case;
use super::finding::Finding;
use super::message::{Message, Plan};
use super::outcome::{CaseResult, Verdict};
use super::report::{LevelVerdict, Report, Run, TokenDescription, VERSION};
use super::request::Request;
use super::worker_process::WorkerProcess;
use super::{journal, run_id};
use crate::config::Pin;
use crate::error::{Error, ErrorKind, Result};

/// How long a worker may take until the token is open: a login takes seconds on some HSMs.
const START_LIMIT: Duration = Duration::from_secs(120);

/// So often a worker is started anew that could not open the token, once an earlier one could.
const START_TRIES: usize = 2;

/// How long a worker may take to close the token.
const CLOSE_LIMIT: Duration = Duration::from_secs(10);

/// How long a case may go on once the run was interrupted.
const INTERRUPTED_LIMIT: Duration = Duration::from_secs(5);

/// How often is looked whether the run was interrupted.
const TICK: Duration = Duration::from_millis(100);

/// Is told how a run goes on.
pub trait Observer {
    /// The run begins, with so many cases.
    fn started(&mut self, cases: usize);
    /// A case begins.
    fn begun(&mut self, case: &Case);
    /// A case ended.
    fn ended(&mut self, result: &CaseResult);
}

/// Runs what was asked for, in workers: `program` with the argument `check-worker`.
///
/// Once `interrupted` is set, no other case begins, the token is cleaned, and the report says so.
///
/// # Errors
///
/// [`ErrorKind::InvalidArgument`] if no case was chosen; [`ErrorKind::PinRefused`] and
/// [`ErrorKind::Configuration`] if the token cannot be opened, or a worker not be started.
pub fn run(
    request: &Request,
    pin: Option<&Pin>,
    program: &Path,
    interrupted: &AtomicBool,
    observer: &mut dyn Observer,
) -> Result<Report> {
    let cases = request.selection.cases()?;
    let run = run_id::random()?;
    let started = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
    let begin = Instant::now();
    observer.started(cases.len());
    let mut supervisor = Supervisor {
        request,
        pin,
        program,
        interrupted,
        observer,
        journal: journal::Reader::create(&run).map_err(|source| failed("its journal", source))?,
        run: run.clone(),
        waiting: cases.iter().collect(),
        results: Vec::new(),
        token: None,
        removed: 0,
        cleaning_problem: None,
    };
    supervisor.run_all()?;
    let Supervisor {
        results,
        token,
        removed,
        cleaning_problem,
        ..
    } = supervisor;
    // Each case has one result, in the order of the cases.
    let broken: Vec<_> = cases
        .iter()
        .zip(&results)
        .filter(|(case, result)| case.breaks(request.level, result.outcome))
        .map(|(_, result)| result.id.clone())
        .collect();
    Ok(Report {
        version: VERSION,
        program: format!("parsec-pkcs11 {}", env!("CARGO_PKG_VERSION")),
        run: Run {
            id: run,
            started: started.to_string(),
            seconds: begin.elapsed().as_secs_f64(),
            quick: request.selection.quick,
            partial: request.selection.is_partial(),
            interrupted: interrupted.load(Ordering::Relaxed),
            removed,
            cleaning_problem,
        },
        token: token.unwrap_or_default(),
        verdict: LevelVerdict {
            level: request.level,
            passed: broken.is_empty(),
            broken,
        },
        cases: results,
        difference: None,
    })
}

struct Supervisor<'a> {
    request: &'a Request,
    pin: Option<&'a Pin>,
    program: &'a Path,
    interrupted: &'a AtomicBool,
    observer: &'a mut dyn Observer,
    journal: journal::Reader,
    run: String,
    waiting: VecDeque<&'a Case>,
    results: Vec<CaseResult>,
    token: Option<TokenDescription>,
    removed: usize,
    cleaning_problem: Option<String>,
}

/// How a worker ended.
enum End {
    /// It did all it was to do.
    Done,
    /// It ended in a case, or the module does not return: the case is the first that waits.
    Lost(Verdict),
    /// The run was interrupted.
    Interrupted,
    /// The token cannot be opened.
    CannotStart(Error),
    /// A case could not open the token again: the first that waits.
    Unreachable(Error),
}

impl<'a> Supervisor<'a> {
    fn run_all(&mut self) -> Result<()> {
        let mut starts_left = START_TRIES;
        let mut retried = None;
        loop {
            match self.run_worker()? {
                End::Done => return Ok(()),
                End::Lost(verdict) => {
                    self.end_first(verdict);
                    starts_left = START_TRIES;
                }
                End::Interrupted => return self.end_interrupted(),
                // Another process may reach the token, or the case is what it does not survive.
                End::Unreachable(error) if error.kind() != ErrorKind::PinRefused => {
                    let Some(case) = self.waiting.front() else {
                        continue;
                    };
                    if retried == Some(case.id()) {
                        self.end_first(unreachable(case.title(), &error));
                    } else {
                        retried = Some(case.id());
                    }
                }
                End::Unreachable(error) => {
                    self.end_unreachable(&error);
                    return Ok(());
                }
                End::CannotStart(error) if self.results.is_empty() => return Err(error),
                // The token could be opened before: a case left it, or the module, in such a state.
                End::CannotStart(error) => {
                    starts_left -= 1;
                    // Another try of a PIN may lock it.
                    if starts_left == 0 || error.kind() == ErrorKind::PinRefused {
                        self.end_unreachable(&error);
                        return Ok(());
                    }
                }
            }
        }
    }

    /// The first case that waits ends with `verdict`, as nobody else says how it did.
    fn end_first(&mut self, verdict: Verdict) {
        if let Some(case) = self.waiting.pop_front() {
            let result = case.ended(verdict, Duration::ZERO, self.request.level);
            self.observer.ended(&result);
            self.results.push(result);
        }
    }

    fn end_interrupted(&mut self) -> Result<()> {
        while !self.waiting.is_empty() {
            self.end_first(Verdict::skip("the run was interrupted"));
        }
        match self.run_worker()? {
            End::Done | End::Interrupted => {}
            End::Lost(_) => self.cleaning_problem = Some("the module does not answer".to_owned()),
            End::CannotStart(error) | End::Unreachable(error) => {
                self.cleaning_problem = Some(error.to_string());
            }
        }
        Ok(())
    }

    fn end_unreachable(&mut self, error: &Error) {
        while let Some(case) = self.waiting.front() {
            let verdict = unreachable(case.title(), error);
            self.end_first(verdict);
        }
        self.cleaning_problem = Some(error.to_string());
    }

    fn run_worker(&mut self) -> Result<End> {
        let plan = Plan {
            target: self.request.target.clone(),
            run: self.run.clone(),
            cases: self
                .waiting
                .iter()
                .map(|case| case.id().to_owned())
                .collect(),
            level: self.request.level,
            quick: self.request.selection.quick,
            allow_wrong_pin: self.request.allow_wrong_pin,
            journal: self.journal.path().to_owned(),
            describe: self.token.is_none(),
            has_pin: self.pin.is_some(),
        };
        let worker = WorkerProcess::start(self.program, self.request, &plan, self.pin);
        self.follow(worker.map_err(|source| failed("a worker", source))?)
    }

    /// Follows a worker to its end.
    fn follow(&mut self, mut worker: WorkerProcess) -> Result<End> {
        let mut running = None;
        let mut deadline = Instant::now() + START_LIMIT;
        let mut cut_short = false;
        loop {
            if self.interrupted.load(Ordering::Relaxed) && !cut_short && !self.waiting.is_empty() {
                cut_short = true;
                deadline = deadline.min(Instant::now() + INTERRUPTED_LIMIT);
            }
            match worker.messages.recv_timeout(TICK) {
                Ok(Message::Token(description)) => self.token = Some(*description),
                Ok(Message::Unreachable {
                    reason,
                    pin_refused,
                }) => {
                    let kind = match pin_refused {
                        true => ErrorKind::PinRefused,
                        false => ErrorKind::Configuration,
                    };
                    return Ok(match running {
                        Some(_) => End::Unreachable(Error::new(kind, reason)),
                        None => End::CannotStart(Error::new(kind, reason)),
                    });
                }
                Ok(Message::Begun { .. }) if cut_short => return Ok(End::Interrupted),
                Ok(Message::Begun { id }) => {
                    if let Some(case) = self.waiting.front().filter(|case| case.id() == id) {
                        self.observer.begun(case);
                        deadline = Instant::now() + self.limit(case);
                        running = Some(Instant::now());
                    }
                }
                Ok(Message::Ended(result)) => {
                    self.waiting.pop_front();
                    self.observer.ended(&result);
                    self.results.push(*result);
                    running = None;
                    deadline = Instant::now() + START_LIMIT;
                }
                Ok(Message::Done { removed, problem }) => {
                    self.removed += removed;
                    self.cleaning_problem = problem;
                    // Until the worker is gone, or for so long.
                    while worker.messages.recv_timeout(CLOSE_LIMIT).is_ok() {}
                    return Ok(End::Done);
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
                Err(RecvTimeoutError::Timeout) if cut_short => return Ok(End::Interrupted),
                Err(RecvTimeoutError::Timeout) => {
                    return Ok(self.hung(running.is_some()));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status = worker.wait().map_err(|source| failed("a worker", source))?;
                    return Ok(self.crashed(status, running.is_some()));
                }
            }
        }
    }

    fn limit(&self, case: &Case) -> Duration {
        match self.request.time_limit {
            Some(most) => case.limit().min(most),
            None => case.limit(),
        }
    }

    fn hung(&self, in_a_case: bool) -> End {
        let call = self.journal.last_call();
        let what = format!(
            "{} did not return in time",
            call.as_deref().unwrap_or("the module")
        );
        self.lost(
            what,
            call,
            in_a_case,
            "no call may block for ever: look for what it waits for",
        )
    }

    fn crashed(&self, status: ExitStatus, in_a_case: bool) -> End {
        let call = self.journal.last_call();
        let what = format!(
            "the process ended ({status}) in or after {}",
            call.as_deref().unwrap_or("no call")
        );
        self.lost(
            what,
            call,
            in_a_case,
            "a module must not end the process of its application: run this case alone under a debugger \
             (--filter)",
        )
    }

    fn lost(&self, what: String, call: Option<String>, in_a_case: bool, remedy: &str) -> End {
        match self.waiting.front() {
            Some(case) if in_a_case => End::Lost(Verdict::fail(Finding {
                call,
                ..Finding::new(case.title(), what).remedy(remedy)
            })),
            _ => End::CannotStart(Error::new(
                ErrorKind::Configuration,
                format!("{what}: {remedy}"),
            )),
        }
    }
}

fn unreachable(expected: &str, error: &Error) -> Verdict {
    Verdict::fail(
        Finding::of(expected, error)
            .remedy("look at the case before: the token could be opened until then"),
    )
}

fn failed(what: &str, source: io::Error) -> Error {
    Error::new(
        ErrorKind::Configuration,
        format!("{what} cannot be made for the check"),
    )
    .with_source(source)
}
