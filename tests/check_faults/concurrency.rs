//! Faults that show under load.

use std::num::NonZeroU64;

use misbehaving_module::control::{Inject, SignatureForm};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::check::Outcome;

use crate::fault::is_caught;

#[test]
fn one_session() {
    for what in ["mix", "load-2"] {
        let id = format!("concurrency.secp256r1.{what}");
        let result = is_caught(&id, Outcome::Skip, |control| {
            control.sessions.limit = Some(1);
        });
        assert!(result.reason.unwrap().contains("session"));
    }
}

#[test]
fn wrong_signatures_under_load() {
    for what in ["mix", "load-4"] {
        let id = format!("concurrency.secp256r1.{what}");
        is_caught(&id, Outcome::Fail, |control| {
            control.encoding.signature = SignatureForm::FlipBit;
            control.encoding.signature_every = NonZeroU64::new(20);
        });
    }
}

#[test]
fn operations_that_fail_under_load() {
    for what in ["mix", "load-4"] {
        let id = format!("concurrency.secp256r1.{what}");
        let result = is_caught(&id, Outcome::Fail, |control| {
            let failed = "CKR_FUNCTION_FAILED".parse().unwrap();
            control.inject = vec![Inject::before(Function::C_SignInit, failed).every(10)];
        });
        let finding = &result.findings[0];
        assert_eq!(finding.value.as_deref(), Some("CKR_FUNCTION_FAILED"));
    }
}

/// The third try is one with the module initialised anew, which finds out first whether the token can sign.
#[test]
fn failures_that_a_new_start_shows_as_a_lack() {
    let result = is_caught("concurrency.secp256r1.load-1", Outcome::Fail, |control| {
        let failed = "CKR_FUNCTION_FAILED".parse().unwrap();
        control.inject = [5, 6, 7, 8]
            .map(|nth| Inject::before(Function::C_SignInit, failed).nth(nth))
            .to_vec();
    });
    let finding = &result.findings[0];
    assert_eq!(finding.value.as_deref(), Some("CKR_FUNCTION_FAILED"));
    assert_eq!(result.notes, ["another try ended otherwise: skip"]);
}
