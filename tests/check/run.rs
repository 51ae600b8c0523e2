//! Owns a run of `parsec-pkcs11 check` as its users start it.

use std::fs;
use std::process::{Command, Output};

use parsec_pkcs11_ecc::check::report::{Report, json};
use parsec_pkcs11_ecc::check::{CaseResult, Outcome};
use tempfile::TempDir;

use crate::access::Access;

/// What a run left.
pub(crate) struct Checked {
    pub(crate) output: Output,
    /// `None` if none was written.
    pub(crate) report: Option<Report>,
}

impl Checked {
    /// The exit code.
    pub(crate) fn code(&self) -> i32 {
        self.output.status.code().expect("an exit code")
    }

    /// How a case ended.
    pub(crate) fn case(&self, id: &str) -> &CaseResult {
        let report = self.report.as_ref().unwrap_or_else(|| {
            panic!(
                "no report: {}",
                String::from_utf8_lossy(&self.output.stderr)
            )
        });
        let case = report.cases.iter().find(|case| case.id == id);
        case.unwrap_or_else(|| panic!("no case {id}"))
    }

    pub(crate) fn outcome(&self, id: &str) -> Outcome {
        self.case(id).outcome
    }
}

/// The command on a token, with its PIN in a file of `directory`, which also holds the report.
pub(crate) fn command(access: &Access, directory: &TempDir) -> Command {
    let pin = directory.path().join("pin");
    fs::write(&pin, &access.pin).unwrap();
    let mut command = command_without_pin(access, directory);
    command.arg("--pin-file").arg(pin);
    command
}

/// The command on a token, but for its PIN; `directory` holds the report.
pub(crate) fn command_without_pin(access: &Access, directory: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parsec-pkcs11"));
    command.arg("check").arg("--module").arg(&access.module);
    let texts = [
        ("--token", access.label.clone()),
        ("--serial", access.serial.clone()),
        ("--slot", access.slot.map(|slot| slot.to_string())),
        (
            "--initialization-string",
            access.initialization_string.clone(),
        ),
    ];
    for (option, value) in texts {
        if let Some(value) = value {
            command.arg(option).arg(value);
        }
    }
    if let Some(profile) = &access.profile {
        command
            .arg("--profile")
            .arg(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(profile));
    }
    command
        .arg("--json")
        .arg(directory.path().join("report.json"));
    command
}

/// Runs the command on a token.
pub(crate) fn check(access: &Access, arguments: &[&str]) -> Checked {
    let directory = tempfile::tempdir().unwrap();
    let output = command(access, &directory)
        .args(arguments)
        .output()
        .unwrap();
    let report = fs::read_to_string(directory.path().join("report.json")).ok();
    Checked {
        output,
        report: report.map(|text| json::read(&text).unwrap()),
    }
}
