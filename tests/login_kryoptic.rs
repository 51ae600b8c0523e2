//! The PIN rules, on a token that counts tries: the embedded one.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "op/access.rs"]
mod access;
#[path = "op/kryoptic.rs"]
mod kryoptic;

use kryoptic::{Embedded, PIN};
use parsec_pkcs11_ecc::config::Config;
use parsec_pkcs11_ecc::token::Token;
use parsec_pkcs11_ecc::{Error, ErrorKind};

const WRONG_PIN: &str = "654321";

/// More than any token allows.
const TRIES: usize = 50;

fn open(embedded: &Embedded, pin: &str, allow_final_pin_try: bool) -> Result<Token, Error> {
    let mut section = embedded.access(pin).section();
    section.allow_final_pin_try = Some(allow_final_pin_try);
    Token::open(Config::try_from(section).unwrap())
}

/// Opens with a wrong PIN until that is not tried any more; gives the number of tries.
fn wear_down(embedded: &Embedded) -> usize {
    for tries in 0..TRIES {
        let error = open(embedded, WRONG_PIN, false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PinRefused);
        let text = error.to_string();
        assert!(!text.contains(WRONG_PIN) && !text.contains(PIN), "{text}");
        if text.contains("not tried") && text.contains("allow_final_pin_try") {
            return tries;
        }
        assert!(text.contains("CKR_PIN_INCORRECT"), "{text}");
    }
    panic!("the token never came to its last try");
}

#[test]
fn a_pin_is_never_tried_on_its_last_try_and_never_once_it_is_locked() {
    let embedded = Embedded::new();
    drop(embedded.access(PIN).open());

    assert!(wear_down(&embedded) > 0);
    // However often it is started now, with whichever PIN, the last try is left.
    for pin in [WRONG_PIN, PIN, WRONG_PIN, PIN] {
        let error = open(&embedded, pin, false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PinRefused);
    }
    open(&embedded, PIN, true).unwrap();
    open(&embedded, PIN, false).unwrap();

    wear_down(&embedded);
    let error = open(&embedded, WRONG_PIN, true).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PinRefused);
    for allow_final_pin_try in [false, true] {
        let error = open(&embedded, PIN, allow_final_pin_try).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PinRefused);
        assert!(error.to_string().contains("locked"), "{error}");
    }
}
