//! Owns a token of tpm2-pkcs11 on a software TPM, behind a resource manager on a bus of its own.
//!
//! Without the resource manager the TPM has no room for more than three objects.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use crate::daemon::Daemon;
use crate::environment::{TPM2, TPM2_BUS, TPM2_STORE, new_directory};
use crate::error::{Error, Result};
use crate::initialization::{initialize, succeed};
use crate::installed::{library, program};
use crate::token::{LABEL, TestToken};

/// How often other ports are tried, as another process may take them before swtpm does.
const PORT_TRIES: usize = 10;

/// Starts a TPM and makes a token on it: one for a process.
///
/// # Errors
///
/// If something is not installed, or a daemon does not answer.
pub fn start() -> Result<TestToken> {
    let module = library(
        &["libtpm2_pkcs11.so.1", "pkcs11/libtpm2_pkcs11.so"],
        "libtpm2-pkcs11-1",
    )?;
    for (tcti, package) in [
        ("libtss2-tcti-swtpm.so.0", "libtss2-tcti-swtpm0"),
        ("libtss2-tcti-tabrmd.so.0", "libtss2-tcti-tabrmd0"),
    ] {
        library(&[tcti], package)?;
    }
    let directory = new_directory(TPM2)?;
    let store = directory.join(TPM2_STORE);
    fs::create_dir(&store).map_err(Error::io(&store))?;
    let (tpm, port) = start_tpm(&directory)?;
    let bus = start_bus(&directory)?;
    let manager = start_resource_manager(&directory, port)?;
    initialize(&module, &[])?;
    let mut token = TestToken::new(module, vec![tpm, bus, manager]);
    token.label = Some(LABEL.to_owned());
    Ok(token)
}

/// The TPM, and its TCP port; its control channel has the next one, as the TCTI wants it.
fn start_tpm(directory: &Path) -> Result<(Daemon, u16)> {
    let swtpm = program("swtpm", "swtpm")?;
    let state = directory.join("state");
    fs::create_dir(&state).map_err(Error::io(&state))?;
    let pid_file = directory.join("swtpm.pid");
    for attempt in 0..PORT_TRIES {
        let port = free_ports(attempt)?;
        let channel = |port| format!("type=tcp,port={port},bindaddr={}", Ipv4Addr::LOCALHOST);
        let mut tpm = Daemon::start(
            Command::new(&swtpm)
                .args(["socket", "--tpm2", "--seccomp", "action=none"])
                .args(["--flags", "not-need-init,startup-clear"])
                .args(["--tpmstate", &format!("dir={}", state.display())])
                .args(["--pid", &format!("file={}", pid_file.display())])
                .args(["--server", &channel(port)])
                .args(["--ctrl", &channel(port + 1)]),
            directory.join("swtpm.log"),
        )?;
        // It writes the file once both ports are its own.
        let id = tpm.id().to_string();
        let listens = || fs::read_to_string(&pid_file).is_ok_and(|written| written.trim() == id);
        match tpm.wait_until(listens) {
            Ok(()) => return Ok((tpm, port)),
            Err(_) if tpm.has_ended() => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::new(format!(
        "swtpm found no free ports: {}",
        fs::read_to_string(directory.join("swtpm.log")).unwrap_or_default()
    )))
}

/// Two TCP ports in a row that nobody has; gives the first.
///
/// Below those that the kernel gives to clients, whose connections keep them for a while; each process begins
/// elsewhere.
fn free_ports(attempt: usize) -> Result<u16> {
    const FIRST: usize = 20_000;
    const PAIRS: usize = 6_000;
    let start = usize::try_from(std::process::id()).unwrap_or_default() + attempt;
    (start..start + PAIRS)
        .filter_map(|number| u16::try_from(FIRST + 2 * (number % PAIRS)).ok())
        .find(|port| {
            let free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
            free(*port).is_ok() && free(*port + 1).is_ok()
        })
        .ok_or_else(|| Error::new("no two TCP ports in a row are free"))
}

fn start_bus(directory: &Path) -> Result<Daemon> {
    let socket = directory.join(TPM2_BUS);
    let mut bus = Daemon::start(
        Command::new(program("dbus-daemon", "dbus")?)
            .args(["--session", "--nofork", "--nopidfile"])
            .arg(format!("--address=unix:path={}", socket.display())),
        directory.join("bus.log"),
    )?;
    bus.wait_until(|| UnixStream::connect(&socket).is_ok())?;
    Ok(bus)
}

fn start_resource_manager(directory: &Path, port: u16) -> Result<Daemon> {
    let dbus_send = program("dbus-send", "dbus")?;
    let tcti = format!("--tcti=swtpm:host={},port={port}", Ipv4Addr::LOCALHOST);
    let mut manager = Daemon::start(
        Command::new(program("tpm2-abrmd", "tpm2-abrmd")?)
            .args(["--session", "--allow-root", "--flush-all"])
            .args(["--max-transients=100", &tcti]),
        directory.join("abrmd.log"),
    )?;
    let has_name = || {
        let asked = succeed(Command::new(&dbus_send).args([
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.DBus",
            "/",
            "org.freedesktop.DBus.NameHasOwner",
            "string:com.intel.tss2.Tabrmd",
        ]));
        asked.is_ok_and(|answer| answer.contains("boolean true"))
    };
    manager.wait_until(has_name)?;
    Ok(manager)
}
