//! Owns the running service: started, waited for, stopped by signals, its log kept.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use parsec_client::auth::Authentication;

use crate::client::Client;
use crate::fixture::{Authenticator, Installation, Program};

/// `EX_CONFIG` of sysexits(3): systemd must not start the service again.
pub(crate) const PIN_REFUSED: i32 = 78;

/// The longest that anything may take on a machine with other work.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(5);

/// A service that answers. Killed on drop, unless it was stopped before.
pub(crate) struct Service {
    child: Child,
    log: PathBuf,
    socket: PathBuf,
    authenticator: Authenticator,
    secrets: Vec<String>,
}

impl Service {
    pub(crate) fn start(installation: &Installation, program: Program) -> Self {
        Self::run(installation, installation.command(program))
    }

    /// Runs `command` and waits until a service answers.
    pub(crate) fn run(installation: &Installation, command: Command) -> Self {
        let (child, log) = spawn(installation, command);
        let mut service = Self {
            child,
            log,
            socket: installation.socket(),
            authenticator: installation.authenticator(),
            secrets: installation.secrets(),
        };
        service.wait_until_it_answers();
        service
    }

    fn wait_until_it_answers(&mut self) {
        let socket = self.socket.clone();
        until("the service answers", || {
            let ended = self.child.try_wait().unwrap();
            assert_eq!(ended, None, "the service ended: {}", self.log());
            Client::connect(&socket, Authentication::None).is_some_and(|client| client.answers())
        });
    }

    /// A client of that name, where names are believed; else one of the user who runs the tests.
    pub(crate) fn client(&self, name: &str) -> Client {
        let authentication = match self.authenticator {
            Authenticator::Direct => Authentication::Direct(name.to_owned()),
            Authenticator::UnixPeerCredentials => Authentication::UnixPeerCredentials,
        };
        Client::connect(&self.socket, authentication).unwrap()
    }

    /// All that the service has logged since its start.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until the log has `text` that many times.
    pub(crate) fn wait_for_log(&self, text: &str, times: usize) {
        until(text, || self.log().matches(text).count() >= times);
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, for example `HUP`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name])
            .arg(self.id().to_string())
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Ends the service as systemd does; it must end well, and its log hold no PIN.
    pub(crate) fn stop(mut self) -> String {
        self.signal("TERM");
        let status = wait(&mut self.child);
        assert_eq!(status.code(), Some(0), "{status}: {}", self.log());
        let log = self.log();
        check_no_secret(&log, &self.secrets);
        log
    }

    /// Waits until the service ends by itself.
    pub(crate) fn end(mut self) -> Failure {
        let status = wait(&mut self.child);
        let output = self.log();
        check_no_secret(&output, &self.secrets);
        Failure {
            code: status.code(),
            output,
        }
    }

    /// Ends the service as a power failure does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        let status = wait(&mut self.child);
        assert_eq!(status.signal(), Some(9));
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if thread::panicking() {
            eprintln!("the log of the service:\n{}", self.log());
        }
    }
}

/// A service that ended by itself.
pub(crate) struct Failure {
    pub(crate) code: Option<i32>,
    /// Log and standard error stream.
    pub(crate) output: String,
}

impl Failure {
    pub(crate) fn of(installation: &Installation) -> Self {
        let (mut child, log) = spawn(installation, installation.command(Program::Ours));
        let status = wait(&mut child);
        let output = fs::read_to_string(log).unwrap();
        check_no_secret(&output, &installation.secrets());
        Self {
            code: status.code(),
            output,
        }
    }

    /// Checks the exit code, and that the output says all of `reasons`.
    pub(crate) fn is(&self, code: i32, reasons: &[&str]) {
        assert_eq!(self.code, Some(code), "{}", self.output);
        for reason in reasons {
            assert!(
                self.output.contains(reason),
                "{reason} is not in: {}",
                self.output
            );
        }
    }
}

/// Waits until `condition` holds.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        thread::sleep(PAUSE);
    }
}

fn spawn(installation: &Installation, mut command: Command) -> (Child, PathBuf) {
    static STARTS: AtomicUsize = AtomicUsize::new(0);
    let start = STARTS.fetch_add(1, Ordering::Relaxed);
    let log = installation.path(&format!("log-{start}"));
    let child = command
        .stdout(Stdio::null())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    (child, log)
}

fn wait(child: &mut Child) -> ExitStatus {
    let mut status = None;
    let deadline = Instant::now() + PATIENCE;
    while status.is_none() {
        status = child.try_wait().unwrap();
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            panic!("the service does not end");
        }
        thread::sleep(PAUSE);
    }
    status.unwrap()
}

fn check_no_secret(output: &str, secrets: &[String]) {
    for secret in secrets {
        assert!(!output.contains(secret), "the PIN is in the output");
    }
}
