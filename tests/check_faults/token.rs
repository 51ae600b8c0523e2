//! Faults in what a token says about itself, and in its random bytes.

use misbehaving_module::control::{KeySizes, RefuseMechanism};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::check::Outcome;

use crate::access::Access;
use crate::answer::always;
use crate::fault::is_caught;
use crate::run::check;

#[test]
fn a_pin_that_was_tried_wrongly() {
    let case = is_caught("token.pin-flags", Outcome::Warn, |control| {
        control.pin_flags = Some(vec!["CKF_USER_PIN_COUNT_LOW".parse().unwrap()]);
    });
    assert_eq!(case.findings[0].actual, "CKF_USER_PIN_COUNT_LOW");
}

/// tpm2-pkcs11.
#[test]
fn texts_that_end_in_nul() {
    is_caught("token.texts", Outcome::Warn, |control| {
        control.nul_padding = true;
    });
}

/// opencryptoki 3.8 puts a clock of its own form there, and has no elliptic curves.
#[test]
fn a_description_that_cannot_be_read() {
    let token = test_tokens::opencryptoki::start().unwrap();
    let checked = check(&Access::from(&token), &["--filter", "token.info"]);
    let case = checked.case("token.info");
    assert_eq!(case.outcome, Outcome::Warn, "{case:#?}");
    assert!(case.findings[0].remedy.contains("utcTime"));
}

#[test]
fn random_bytes_that_are_none() {
    is_caught("token.random", Outcome::Fail, |control| {
        always(control, Function::C_GenerateRandom, "CKR_OK");
    });
}

#[test]
fn a_mechanism_that_is_listed_and_not_described() {
    for id in ["token.mechanisms", "token.mechanism.ecdsa"] {
        is_caught(id, Outcome::Fail, |control| {
            always(
                control,
                Function::C_GetMechanismInfo,
                "CKR_MECHANISM_INVALID",
            );
        });
    }
}

/// tpm2-pkcs11, p11-kit.
#[test]
fn a_mechanism_that_is_not_there() {
    let case = is_caught("token.mechanism.ecdh1-derive", Outcome::Skip, |control| {
        control
            .refuse_mechanism
            .push(RefuseMechanism::new("CKM_ECDH1_DERIVE".parse().unwrap()));
    });
    assert!(case.reason.unwrap().contains("CKM_ECDH1_DERIVE"));
}

#[test]
fn sizes_of_keys_that_leave_secp256r1_out() {
    for (smallest, largest) in [(384, 521), (32, 66), (521, 112)] {
        is_caught("token.mechanism.ecdsa", Outcome::Warn, |control| {
            control.key_sizes.push(KeySizes {
                mechanism: "CKM_ECDSA".parse().unwrap(),
                smallest,
                largest,
            });
        });
    }
}
