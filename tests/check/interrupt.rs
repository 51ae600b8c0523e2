//! Ctrl-C ends a run: the report is written, nothing is left on the token, and the PIN is nowhere.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use misbehaving_module::control::{Control, Delay, Hang};
use misbehaving_module::names::Function;
use misbehaving_module::statistics::Statistics;
use parsec_pkcs11_ecc::check::Outcome;
use parsec_pkcs11_ecc::check::report::{Report, json};
use tempfile::TempDir;

use crate::fault::Faulty;
use crate::objects::labels;
use crate::run::command;

const REPORTS: [&str; 3] = ["report.json", "report.xml", "report.md"];

/// A run that is in `C_Sign`.
struct Running {
    faulty: Faulty,
    directory: TempDir,
    child: Child,
}

impl Running {
    fn start(fault: impl FnOnce(&mut Control)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let counts = directory.path().join("counts");
        let faulty = Faulty::new(|control| {
            control.statistics = Some(counts.clone());
            fault(control);
        });
        let child = command(&faulty.access, &directory)
            .args(["--suite", "ecdsa", "--junit"])
            .arg(directory.path().join("report.xml"))
            .arg("--markdown")
            .arg(directory.path().join("report.md"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let running = Self {
            faulty,
            directory,
            child,
        };
        running.wait_for_a_signature(&counts);
        running
    }

    fn wait_for_a_signature(&self, counts: &Path) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let is_there = || Statistics::read(counts).is_ok_and(|it| it.calls(Function::C_Sign) > 0);
        while !is_there() {
            assert!(Instant::now() < deadline, "no signature is made");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// What everybody on the machine may read of the processes.
    fn command_lines(&self) -> Vec<String> {
        let id = self.child.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        let ids = children.split_whitespace().map(str::to_owned);
        [id.to_string()]
            .into_iter()
            .chain(ids)
            .map(|id| fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap())
            .collect()
    }

    fn interrupt(self) -> Interrupted {
        let id = self.child.id().to_string();
        let killed = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(killed.success());
        let output = self.child.wait_with_output().unwrap();
        Interrupted {
            faulty: self.faulty,
            reports: REPORTS
                .map(|name| fs::read_to_string(self.directory.path().join(name)).unwrap()),
            output,
        }
    }
}

struct Interrupted {
    faulty: Faulty,
    reports: [String; REPORTS.len()],
    output: Output,
}

impl Interrupted {
    fn report(&self) -> Report {
        json::read(&self.reports[0]).unwrap()
    }
}

fn slow(control: &mut Control) {
    control.delay = vec![Delay::new(Function::C_Sign, 300)];
}

#[test]
fn the_report_is_written_and_the_token_is_as_it_was() {
    let interrupted = Running::start(slow).interrupt();
    assert_eq!(interrupted.output.status.code(), Some(1));
    let report = interrupted.report();
    assert!(report.run.interrupted);
    assert!(report.run.cleaning_problem.is_none());
    assert_eq!(
        report.token.serial,
        interrupted.faulty.access.serial.clone().unwrap()
    );
    let last = report.cases.last().unwrap();
    assert_eq!(last.outcome, Outcome::Skip);
    assert_eq!(last.reason.as_deref(), Some("the run was interrupted"));
    let text = String::from_utf8_lossy(&interrupted.output.stdout);
    assert!(
        text.contains("not decided, as the run was interrupted"),
        "{text}"
    );
    assert_eq!(labels(&interrupted.faulty.access), [""; 0]);
}

#[test]
fn a_call_that_does_not_return_does_not_prevent_it() {
    let hangs = |control: &mut Control| control.hang = vec![Hang::new(Function::C_Sign)];
    let running = Running::start(hangs);
    let begin = Instant::now();
    let interrupted = running.interrupt();
    assert!(begin.elapsed() < Duration::from_secs(30));
    assert_eq!(interrupted.output.status.code(), Some(1));
    assert!(interrupted.report().run.interrupted);
    assert_eq!(labels(&interrupted.faulty.access), [""; 0]);
}

#[test]
fn the_pin_is_nowhere() {
    let running = Running::start(slow);
    let command_lines = running.command_lines();
    assert_eq!(command_lines.len(), 2, "the worker, too");
    let interrupted = running.interrupt();
    let Output { stdout, stderr, .. } = &interrupted.output;
    let output = [stdout, stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    let pin = &interrupted.faulty.access.pin;
    for text in command_lines
        .iter()
        .chain(&interrupted.reports)
        .chain(&output)
    {
        assert!(!text.contains(pin.as_str()));
    }
}
