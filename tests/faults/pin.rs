//! The PIN and its tries, at start and after the login was lost.

use std::thread::sleep;
use std::time::{Duration, Instant};

use misbehaving_module::control::{Control, Inject};
use misbehaving_module::names::{Function, PinFlag};
use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::config::Config;
use parsec_pkcs11_ecc::op::sign;
use parsec_pkcs11_ecc::token::Token;

use crate::fixture::made;
use crate::rv::rv;
use crate::setup::{Faulty, key_on};

/// How often a token that lost its login is logged in to while it misbehaves so, and requests come and fail.
fn logins_within(time: Duration, misbehave: impl FnOnce(&mut Control)) -> u64 {
    let faulty = Faulty::new();
    let token = faulty.open();
    let key = key_on(&token);
    let mut control = faulty.well_behaved();
    control.kill_sessions = Some(rv("CKR_DEVICE_REMOVED"));
    misbehave(&mut control);
    faulty.order(control);
    let before = faulty.statistics().calls(Function::C_Login);
    let begin = Instant::now();
    while begin.elapsed() < time {
        sign::sign(&token, made(&key), &[7; 32]).unwrap_err();
        sleep(Duration::from_millis(50));
    }
    faulty.statistics().calls(Function::C_Login) - before
}

#[test]
fn a_pin_that_is_refused_after_a_failure_is_not_burnt() {
    for (flags, tries) in [
        (Some(vec!["CKF_USER_PIN_COUNT_LOW"]), 1),
        (Some(vec!["CKF_USER_PIN_FINAL_TRY"]), 0),
        (Some(vec!["CKF_USER_PIN_LOCKED"]), 0),
        (None, 2),
    ] {
        let flags: Option<Vec<PinFlag>> = flags.map(|flags| {
            flags
                .into_iter()
                .map(|flag| flag.parse().unwrap())
                .collect()
        });
        let logins = logins_within(Duration::from_secs(3), |control| {
            control.inject = vec![Inject::before(Function::C_Login, rv("CKR_PIN_INCORRECT"))];
            control.pin_flags = flags.clone();
        });
        assert_eq!(logins, tries, "{flags:?}");
    }
}

/// Whether the PIN was refused, nobody tells; so it is not tried again.
#[test]
fn a_login_that_fails_on_a_token_without_flags_may_be_a_refusal() {
    for (answer, kind) in [
        ("CKR_VENDOR_DEFINED", ErrorKind::PinRefused),
        ("CKR_GENERAL_ERROR", ErrorKind::PinRefused),
        ("CKR_FUNCTION_FAILED", ErrorKind::PinRefused),
        ("CKR_DEVICE_ERROR", ErrorKind::HardwareFailure),
    ] {
        let faulty = Faulty::new();
        faulty.order(Control {
            inject: vec![
                Inject::before(Function::C_GetTokenInfo, rv("CKR_GENERAL_ERROR")),
                Inject::before(Function::C_Login, rv(answer)),
            ],
            ..faulty.well_behaved()
        });
        let error = Token::open(Config::try_from(faulty.section_by_slot()).unwrap()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(faulty.statistics().calls(Function::C_Login), 1);
    }
}

/// A token counts the tries that it refuses, however it says so.
#[test]
fn a_pin_that_is_refused_in_other_words_is_not_burnt() {
    for answer in [
        "CKR_VENDOR_DEFINED",
        "CKR_GENERAL_ERROR",
        "CKR_FUNCTION_FAILED",
    ] {
        let logins = logins_within(Duration::from_secs(1), |control| {
            control.inject = vec![Inject::before(Function::C_Login, rv(answer))];
            control.pin_flags = Some(vec!["CKF_USER_PIN_COUNT_LOW".parse().unwrap()]);
        });
        assert_eq!(logins, 1, "{answer}");
    }
}

#[test]
fn a_refused_pin_is_remembered_although_the_module_cannot_be_initialised_again() {
    let logins = logins_within(Duration::from_secs(5), |control| {
        control.inject = vec![
            Inject::before(Function::C_Login, rv("CKR_PIN_INCORRECT")),
            Inject::before(Function::C_Initialize, rv("CKR_GENERAL_ERROR")),
        ];
    });
    assert_eq!(logins, 1);
}
