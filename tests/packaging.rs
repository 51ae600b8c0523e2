//! What packagers install does what its comments say.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// The value of an option of a unit.
fn option(unit: &str, name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("packaging")
        .join(unit);
    let text = fs::read_to_string(file).unwrap();
    let mut values = text
        .lines()
        .filter_map(|line| line.split_once('=').filter(|(key, _)| *key == name));
    let value = values.next().unwrap().1.to_owned();
    assert_eq!(values.next(), None);
    value
}

/// systemd would start it again for the next client, and each start is another try of the PIN.
#[test]
fn a_service_whose_pin_was_refused_is_not_started_by_its_socket() {
    assert_eq!(
        option("parsec-pkcs11.service", "RestartPreventExitStatus"),
        "78"
    );
    let command = option("parsec-pkcs11.service", "ExecStopPost");
    // As root; systemd makes one `$` of two, and splits as a shell does.
    let command = command.strip_prefix('+').unwrap().replace("$$", "$");
    let directory = tempfile::tempdir().unwrap();
    let systemctl = directory.path().join("systemctl");
    fs::write(&systemctl, "#!/bin/sh\necho \"$@\"\n").unwrap();
    fs::set_permissions(&systemctl, Permissions::from_mode(0o755)).unwrap();
    for (status, called) in [
        ("78", "--no-block stop parsec-pkcs11.socket\n"),
        ("75", ""),
        ("0", ""),
        ("KILL", ""),
    ] {
        let output = Command::new("/bin/sh")
            .args(["-c", &command])
            .env("PATH", directory.path())
            .env("EXIT_STATUS", status)
            .output()
            .unwrap();
        assert!(output.status.success());
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            called,
            "{status}"
        );
    }
}
