//! The PIN rules, on a token that counts tries: the embedded one.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "op/access.rs"]
mod access;

use access::Access;
use parsec_pkcs11_ecc::config::Config;
use parsec_pkcs11_ecc::token::Token;
use parsec_pkcs11_ecc::{Error, ErrorKind};
use test_tokens::{TestToken, kryoptic};

const WRONG_PIN: &str = "654321";

/// More than any token allows.
const TRIES: usize = 50;

fn open(embedded: &TestToken, pin: &str, allow_final_pin_try: bool) -> Result<Token, Error> {
    let mut section = Access::from(embedded).section();
    section.user_pin = Some(pin.to_owned().into());
    section.allow_final_pin_try = Some(allow_final_pin_try);
    Token::open(Config::try_from(section).unwrap())
}

/// Opens with a wrong PIN until that is not tried any more; gives the number of tries.
fn wear_down(embedded: &TestToken) -> usize {
    for tries in 0..TRIES {
        let error = open(embedded, WRONG_PIN, false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PinRefused);
        let text = error.to_string();
        assert!(
            !text.contains(WRONG_PIN) && !text.contains(&embedded.user_pin),
            "{text}"
        );
        if text.contains("not tried") && text.contains("allow_final_pin_try") {
            return tries;
        }
        assert!(text.contains("CKR_PIN_INCORRECT"), "{text}");
    }
    panic!("the token never came to its last try");
}

#[test]
fn a_pin_is_never_tried_on_its_last_try_and_never_once_it_is_locked() {
    let embedded = kryoptic::start().unwrap();
    let pin = embedded.user_pin.as_str();
    drop(Access::from(&embedded).open());

    assert!(wear_down(&embedded) > 0);
    // However often it is started now, with whichever PIN, the last try is left.
    for tried in [WRONG_PIN, pin, WRONG_PIN, pin] {
        let error = open(&embedded, tried, false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PinRefused);
    }
    open(&embedded, pin, true).unwrap();
    open(&embedded, pin, false).unwrap();

    wear_down(&embedded);
    let error = open(&embedded, WRONG_PIN, true).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PinRefused);
    for allow_final_pin_try in [false, true] {
        let error = open(&embedded, pin, allow_final_pin_try).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PinRefused);
        assert!(error.to_string().contains("locked"), "{error}");
    }
}
