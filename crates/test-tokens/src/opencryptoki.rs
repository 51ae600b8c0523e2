//! Owns the software token of opencryptoki, which as Debian builds it knows no elliptic curves.
//!
//! It cannot be private: the daemon, its socket, the token directory and the shared memory are those of
//! the machine. So it wants root, the processes take turns, and a token or a daemon of others makes it
//! refuse.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::daemon::Daemon;
use crate::environment::new_directory;
use crate::error::{Error, Result};
use crate::installed::{library, program};
use crate::token::{LABEL, PIN, TestToken};

const PACKAGE: &str = "opencryptoki";
const RUN_DAEMON: &str = include_str!("opencryptoki.sh");
const TOKEN_DIRECTORY: &str = "/var/lib/opencryptoki/swtok";
const OURS: &str = "/var/lib/opencryptoki/swtok/made-by-parsec-tests";

/// The slot of the software token in Debian's configuration.
const SLOT: u64 = 3;

/// The security officer's PIN of a new token, and the one that it must be changed to.
const SO_PINS: [&str; 2] = ["87654321", "12345678"];

/// The user PIN that the security officer sets, which the user must change.
const FIRST_PIN: &str = "654321";

/// Starts the daemon and makes a token: one for a process, and for the machine one at a time.
///
/// # Errors
///
/// If opencryptoki is not installed, this is not root, or there is a token or a daemon of others.
pub fn start() -> Result<TestToken> {
    let module = library(&["pkcs11/libopencryptoki.so"], PACKAGE)?;
    program("pkcsslotd", PACKAGE)?;
    let directory = new_directory(PACKAGE)?;
    // With --no-fork the shell and its children have the lock, whatever happens to this process.
    let mut daemon = Daemon::start(
        Command::new(program("flock", "util-linux")?).args([
            "--no-fork",
            TOKEN_DIRECTORY,
            "sh",
            "-c",
            RUN_DAEMON,
        ]),
        directory.join("log"),
    )?;
    let id = daemon.id().to_string();
    daemon.wait_until(|| {
        fs::read_to_string(OURS).is_ok_and(|owner| owner.trim() == id)
            && pkcsconf(&["-t"], "").is_ok()
    })?;
    let [first, so_pin] = SO_PINS;
    pkcsconf(&["-I", "-S", first], LABEL)?;
    pkcsconf(&["-P", "-S", first, "-n", so_pin], "")?;
    pkcsconf(&["-u", "-S", so_pin, "-n", FIRST_PIN], "")?;
    pkcsconf(&["-p", "-U", FIRST_PIN, "-n", PIN], "")?;
    let mut token = TestToken::new(module, vec![daemon]);
    token.slot = Some(SLOT);
    Ok(token)
}

/// The configuration tool, with `input` as what a person would type.
fn pkcsconf(arguments: &[&str], input: &str) -> Result<()> {
    let failed = |source| Error::new(format!("pkcsconf: {source}"));
    let mut child = Command::new(program("pkcsconf", PACKAGE)?)
        .args(["-c", &SLOT.to_string()])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // What it does not read, it does not need.
        let _ = writeln!(stdin, "{input}");
    }
    let output = child.wait_with_output().map_err(failed)?;
    if !output.status.success() {
        // It complains in either place.
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        return Err(Error::new(format!("pkcsconf {arguments:?}: {said}")));
    }
    Ok(())
}
