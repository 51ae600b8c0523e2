//! Modules that end the process or do not return, and tokens that are full or small: the case fails, and the
//! report is written.

use std::time::{Duration, Instant};

use misbehaving_module::control::{Control, End, Functions, Hang, How, Inject};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::check::Outcome;

use crate::fault::Faulty;
use crate::objects::labels;
use crate::run::check;

const SIGN: &str = "ecdsa.secp256r1.sha256.sign";
const SIGN_384: &str = "ecdsa.secp384r1.sha256.sign";
const BOTH: [&str; 4] = [
    "--filter",
    ".sha256.sign",
    "--curves",
    "secp256r1,secp384r1",
];

/// Both cases fail, each in a worker of its own, and each says in which call.
fn both_fail(fault: impl FnOnce(&mut Control), more: &[&str], actual: &str) {
    let faulty = Faulty::new(fault);
    let checked = check(&faulty.access, &[&BOTH, more].concat());
    assert_eq!(checked.code(), 1);
    for id in [SIGN, SIGN_384] {
        assert_eq!(checked.outcome(id), Outcome::Fail);
        let finding = &checked.case(id).findings[0];
        assert_eq!(finding.call.as_deref(), Some("C_Sign"));
        assert!(finding.actual.contains(actual), "{finding:?}");
    }
    assert!(checked.report.unwrap().run.cleaning_problem.is_none());
    assert_eq!(labels(&faulty.access), [""; 0]);
}

#[test]
fn a_module_that_crashes() {
    let crash = |control: &mut Control| {
        control.end = vec![End {
            function: Functions::from(Function::C_Sign),
            nth: std::num::NonZeroU64::MIN,
            after: false,
            how: How::Abort,
        }];
    };
    both_fail(crash, &[], "the process ended");
}

#[test]
fn a_module_that_hangs() {
    let begin = Instant::now();
    both_fail(
        |control| control.hang = vec![Hang::new(Function::C_Sign)],
        &["--time-limit", "2"],
        "did not return in time",
    );
    assert!(begin.elapsed() < Duration::from_secs(50));
}

#[test]
fn a_module_that_crashes_before_any_case() {
    let faulty = Faulty::new(|control| {
        control.end = vec![End {
            function: Functions::from(Function::C_Login),
            nth: std::num::NonZeroU64::MIN,
            after: false,
            how: How::Kill,
        }];
    });
    let checked = check(&faulty.access, &BOTH);
    assert_eq!(checked.code(), 2);
    let error = String::from_utf8(checked.output.stderr).unwrap();
    assert!(error.contains("C_Login"), "{error}");
}

#[test]
fn a_token_that_is_full() {
    let faulty = Faulty::new(|control| {
        let full = "CKR_DEVICE_MEMORY".parse().unwrap();
        control.inject = vec![Inject::before(Function::C_GenerateKeyPair, full)];
    });
    let checked = check(&faulty.access, &["--filter", SIGN]);
    assert_eq!(checked.code(), 1);
    assert_eq!(checked.outcome(SIGN), Outcome::Fail);
    let finding = &checked.case(SIGN).findings[0];
    assert_eq!(finding.value.as_deref(), Some("CKR_DEVICE_MEMORY"));
    assert_eq!(finding.call.as_deref(), Some("C_GenerateKeyPair"));
}

#[test]
fn a_token_with_one_session() {
    let faulty = Faulty::new(|control| control.sessions.limit = Some(1));
    let arguments = ["--suite", "module,ecdsa", "--curves", "secp256r1"];
    let checked = check(&faulty.access, &arguments);
    assert_eq!(checked.outcome(SIGN), Outcome::Pass);
    assert_eq!(checked.report.unwrap().count(Outcome::Fail), 0);
    assert_eq!(checked.output.status.code(), Some(0));
}
