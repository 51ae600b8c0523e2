//! Ctrl-C ends a run: the report is written, nothing is left on the token, and the PIN is nowhere.

use std::fs;
use std::process::Output;
use std::time::{Duration, Instant};

use misbehaving_module::control::{Control, Delay, Hang};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::check::Outcome;
use parsec_pkcs11_ecc::check::report::{Report, json};

use crate::objects::labels;
use crate::running::{Running, keep_keys};

fn report(running: &Running) -> Report {
    json::read(&fs::read_to_string(running.file("report.json")).unwrap()).unwrap()
}

fn slow(control: &mut Control) {
    control.delay = vec![Delay::new(Function::C_Sign, 300)];
}

#[test]
fn the_report_is_written_and_the_token_is_as_it_was() {
    let mut running = Running::start(slow);
    let output = running.interrupt();
    assert_eq!(output.status.code(), Some(1));
    let report = report(&running);
    assert!(report.run.interrupted);
    assert!(report.run.cleaning_problem.is_none());
    assert_eq!(Some(report.token.serial), running.faulty.access.serial);
    let last = report.cases.last().unwrap();
    assert_eq!(last.outcome, Outcome::Skip);
    assert_eq!(last.reason.as_deref(), Some("the run was interrupted"));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("not decided, as the run was interrupted"),
        "{text}"
    );
    assert_eq!(labels(&running.faulty.access), [""; 0]);
}

#[test]
fn a_call_that_does_not_return_does_not_prevent_it() {
    let mut running = Running::start(|control| {
        keep_keys(control);
        control.hang = vec![Hang::new(Function::C_Sign)];
    });
    assert_eq!(labels(&running.faulty.access).len(), 2);
    let begin = Instant::now();
    let output = running.interrupt();
    assert!(begin.elapsed() < Duration::from_secs(30));
    assert_eq!(output.status.code(), Some(1));
    let run = report(&running).run;
    assert!(run.interrupted);
    assert_eq!(run.removed, 2);
    assert_eq!(labels(&running.faulty.access), [""; 0]);
}

#[test]
fn a_worker_ends_with_the_run_also_in_a_call_that_does_not_return() {
    let mut running = Running::start(|control| {
        control.hang = vec![Hang::new(Function::C_Sign)];
    });
    assert_eq!(running.processes().len(), 2);
    running.kill_supervisor();
}

#[test]
fn the_pin_is_nowhere() {
    let mut running = Running::start(slow);
    let processes = running.processes();
    assert_eq!(processes.len(), 2, "the worker, too");
    let mut texts: Vec<_> = processes
        .iter()
        .flat_map(|id| ["cmdline", "environ"].map(|name| format!("/proc/{id}/{name}")))
        .map(|path| fs::read(path).unwrap())
        .collect();
    let Output { stdout, stderr, .. } = running.interrupt();
    texts.extend([stdout, stderr]);
    for name in ["report.json", "report.xml", "report.md"] {
        texts.push(fs::read(running.file(name)).unwrap());
    }
    for text in texts {
        let text = String::from_utf8_lossy(&text);
        assert!(!text.contains(&running.faulty.access.pin));
    }
}

#[test]
fn a_variable_with_the_pin_does_not_reach_the_module() {
    let mut running = Running::start_with_variable("PIN_OF_THE_TEST", slow);
    let processes = running.processes();
    let [run, worker] = [&processes[0], &processes[1]]
        .map(|id| fs::read(format!("/proc/{id}/environ")).unwrap())
        .map(|environment| String::from_utf8_lossy(&environment).into_owned());
    assert!(run.contains("PIN_OF_THE_TEST"));
    assert!(!worker.contains("PIN_OF_THE_TEST"));
    running.interrupt();
}
