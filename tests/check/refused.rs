//! A check that cannot run says why, and ends with the exit code 2.

use misbehaving_module::names::Function;
use misbehaving_module::statistics::Statistics;

use crate::access::Access;
use crate::fault::Faulty;
use crate::run::{Checked, check, command_without_pin};

/// What it says.
fn refused(access: &Access, arguments: &[&str]) -> String {
    let Checked { output, report } = check(access, arguments);
    assert_eq!(output.status.code(), Some(2));
    assert!(report.is_none());
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_wrong_pin_is_tried_once() {
    let counts = tempfile::tempdir().unwrap();
    let counts = counts.path().join("counts");
    std::fs::create_dir_all(counts.parent().unwrap()).unwrap();
    let mut faulty = Faulty::new(|control| control.statistics = Some(counts.clone()));
    faulty.access.pin = "not-the-pin".to_owned();
    let error = refused(&faulty.access, &["--quick"]);
    assert!(error.contains("PIN"), "{error}");
    assert!(!error.contains("not-the-pin"));
    let logins = Statistics::read(&counts).unwrap().calls(Function::C_Login);
    assert_eq!(logins, 1);
}

#[test]
fn a_pin_whose_next_refusal_locks_it_is_not_tried() {
    let faulty = Faulty::new(|control| {
        control.pin_flags = Some(vec!["CKF_USER_PIN_FINAL_TRY".parse().unwrap()]);
    });
    let error = refused(&faulty.access, &["--quick"]);
    assert!(error.contains("PIN"), "{error}");
    let arguments = ["--quick", "--allow-final-pin-try"];
    assert_ne!(check(&faulty.access, &arguments).code(), 2);
}

#[test]
fn there_is_no_such_module() {
    let mut faulty = Faulty::new(|_| {});
    faulty.access.module = faulty.file("no-such-module.so");
    let error = refused(&faulty.access, &["--quick"]);
    assert!(error.contains("no-such-module.so"), "{error}");
    // Nobody is asked for a PIN first.
    let directory = tempfile::tempdir().unwrap();
    let output = command_without_pin(&faulty.access, &directory).output();
    let output = output.unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("no-such-module.so"), "{error}");
}

#[test]
fn there_is_no_such_token() {
    let mut faulty = Faulty::new(|_| {});
    let there = faulty.access.serial.replace("no-such-serial".to_owned());
    let error = refused(&faulty.access, &["--quick"]);
    assert!(error.contains("no-such-serial"), "{error}");
    assert!(error.contains(&there.unwrap()), "{error}");
}

#[test]
fn no_case_is_left() {
    let faulty = Faulty::new(|_| {});
    let error = refused(&faulty.access, &["--filter", "no-such-case"]);
    assert!(error.contains("--list"), "{error}");
    let error = refused(&faulty.access, &["--suite", "no-such-suite"]);
    assert!(
        error.contains("module") && error.contains("ecdsa"),
        "{error}"
    );
    let error = refused(&faulty.access, &["--curves", "secp256v9"]);
    assert!(error.contains("secp256r1"), "{error}");
}

#[test]
fn quiet_is_not_silent_about_that() {
    let mut faulty = Faulty::new(|_| {});
    faulty.access.module = faulty.file("no-such-module.so");
    assert_ne!(refused(&faulty.access, &["--quiet"]), "");
}

#[test]
fn a_report_that_cannot_be_written_is_told_and_the_others_are_written() {
    let faulty = Faulty::new(|_| {});
    let (lost, kept) = (faulty.file("none/report.xml"), faulty.file("report.md"));
    let arguments = [
        "--filter",
        "ecdsa.secp256r1.sha256.sign",
        "--junit",
        lost.to_str().unwrap(),
        "--markdown",
        kept.to_str().unwrap(),
    ];
    let checked = check(&faulty.access, &arguments);
    assert_eq!(checked.code(), 2);
    assert!(checked.report.is_some());
    assert!(kept.exists());
    let error = String::from_utf8(checked.output.stderr).unwrap();
    assert!(error.contains("none/report.xml"), "{error}");
}
