//! Owns a run that is in the middle of a signature.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use misbehaving_module::control::{Control, ImposeAttribute};
use misbehaving_module::names::Function;
use misbehaving_module::statistics::Statistics;
use tempfile::TempDir;

use crate::access::Access;
use crate::fault::Faulty;
use crate::run::{command, command_without_pin};

/// A run that is in `C_Sign`.
pub(crate) struct Running {
    pub(crate) faulty: Faulty,
    directory: TempDir,
    child: Child,
}

impl Running {
    pub(crate) fn start(fault: impl FnOnce(&mut Control)) -> Self {
        Self::start_by(command, fault)
    }

    /// A run whose PIN is in an environment variable.
    pub(crate) fn start_with_variable(name: &str, fault: impl FnOnce(&mut Control)) -> Self {
        let by_variable = |access: &Access, directory: &TempDir| {
            let mut command = command_without_pin(access, directory);
            command.args(["--pin-env", name]).env(name, &access.pin);
            command
        };
        Self::start_by(by_variable, fault)
    }

    fn start_by(
        command: impl FnOnce(&Access, &TempDir) -> Command,
        fault: impl FnOnce(&mut Control),
    ) -> Self {
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

    /// The run and its worker.
    pub(crate) fn processes(&self) -> Vec<String> {
        let id = self.child.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        let ids = children.split_whitespace().map(str::to_owned);
        [id.to_string()].into_iter().chain(ids).collect()
    }

    /// A file that the run writes.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Sends a signal to the run, and waits for its end.
    pub(crate) fn interrupt(&mut self) -> Output {
        send("-INT", &self.child.id().to_string());
        let status = self.child.wait().unwrap();
        let [mut stdout, mut stderr] = [Vec::new(), Vec::new()];
        self.child
            .stdout
            .take()
            .unwrap()
            .read_to_end(&mut stdout)
            .unwrap();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_end(&mut stderr)
            .unwrap();
        Output {
            status,
            stdout,
            stderr,
        }
    }

    /// Ends the run alone, without a chance to end its worker, and waits for that one's end.
    pub(crate) fn kill_supervisor(&mut self) {
        let processes = self.processes();
        send("-KILL", &processes[0]);
        self.child.wait().unwrap();
        wait_for_end(&processes[1]);
    }

    /// Ends all its processes at once, as when the machine goes down.
    pub(crate) fn kill(&mut self) {
        let processes = self.processes();
        // A supervisor that is held cannot answer its worker's end, and a worker is there until it does.
        for (signal, id) in [
            ("-STOP", &processes[0]),
            ("-KILL", &processes[1]),
            ("-KILL", &processes[0]),
        ] {
            send(signal, id);
        }
        self.child.wait().unwrap();
        wait_for_end(&processes[1]);
    }
}

fn wait_for_end(worker: &str) {
    let program = PathBuf::from(format!("/proc/{worker}/exe"));
    let deadline = Instant::now() + Duration::from_secs(10);
    while fs::read_link(&program).is_ok() {
        assert!(Instant::now() < deadline, "the worker goes on");
        thread::sleep(Duration::from_millis(10));
    }
}

fn send(signal: &str, id: &str) {
    let sent = Command::new("kill").args([signal, id]).status().unwrap();
    assert!(sent.success());
}

/// Keys that are made as session objects stay on the token.
pub(crate) fn keep_keys(control: &mut Control) {
    control.impose_attribute = vec![ImposeAttribute {
        always: true,
        function: Function::C_GenerateKeyPair.into(),
        ..ImposeAttribute::new("CKA_TOKEN".parse().unwrap(), [1])
    }];
}
