//! Owns daemons: each stops when its value is dropped, and when the process ends, however it ends.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// Turns into the daemon, whose process id is then that of the shell and of its process group. Beside
/// it a second shell waits for the end of the standard input, which is a pipe from this process, and
/// then ends the group. The group is a new one, so nothing else ends the daemon: no Ctrl-C either.
const GUARD: &str = r#"exec 3<&0 </dev/null
(read -r end <&3; kill -TERM -$$) &
exec 3<&-
exec "$@""#;

/// How long a daemon may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

const INTERVAL: Duration = Duration::from_millis(5);

/// A daemon that runs.
pub(crate) struct Daemon {
    name: String,
    guard: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts `command`, whose output goes to the file `log`.
    ///
    /// Its program and arguments are used, and nothing else of it.
    pub(crate) fn start(command: &Command, log: PathBuf) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let output = File::create(&log).map_err(Error::io(&log))?;
        let errors = output.try_clone().map_err(Error::io(&log))?;
        let guard = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .arg(command.get_program())
            .args(command.get_args())
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(|source| Error::new(format!("{name}: {source}")))?;
        Ok(Self { name, guard, log })
    }

    /// Waits until the daemon is `ready`, which asks it.
    pub(crate) fn wait_until(&mut self, ready: impl Fn() -> bool) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !ready() {
            if self.has_ended() {
                return Err(self.failed("ended"));
            }
            if Instant::now() > deadline {
                return Err(self.failed("does not answer"));
            }
            thread::sleep(INTERVAL);
        }
        Ok(())
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.guard.try_wait(), Ok(None))
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.guard.id()
    }

    fn failed(&self, how: &str) -> Error {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        Error::new(format!("{} {how}: {}", self.name, log.trim()))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}
