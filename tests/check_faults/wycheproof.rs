//! Faults that Wycheproof's vectors find.

use misbehaving_module::control::{Inject, SecretValue};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::check::Outcome;

use crate::fault::is_caught;
use crate::rv::rv;

#[test]
fn every_signature_is_accepted() {
    let id = "wycheproof.secp256r1.ecdsa-sha256-p1363";
    let result = is_caught(id, Outcome::Fail, |control| {
        control.inject = vec![Inject::before(Function::C_Verify, rv("CKR_OK"))];
    });
    assert!(result.measurements["failed"] > 0.0);
    assert!(result.findings[0].actual.contains("invalid, but accepted"));
}

#[test]
fn every_signature_is_refused() {
    let id = "wycheproof.secp384r1.ecdsa-sha384";
    is_caught(id, Outcome::Fail, |control| {
        let refused = Inject::before(Function::C_Verify, rv("CKR_SIGNATURE_INVALID"));
        control.inject = vec![refused];
    });
}

#[test]
fn secrets_that_are_cut() {
    let id = "wycheproof.secp256r1.ecdh-ecpoint";
    let result = is_caught(id, Outcome::Fail, |control| {
        control.encoding.secret = SecretValue::CutLast;
    });
    assert!(result.findings[0].actual.contains("another secret came"));
}

/// NSS takes keys that it cannot use; tpm2-pkcs11 takes none.
#[test]
fn keys_that_are_not_taken() {
    for set in ["ecdsa-sha256-p1363", "ecdh"] {
        let id = format!("wycheproof.secp256r1.{set}");
        is_caught(&id, Outcome::Skip, |control| {
            let none = rv("CKR_FUNCTION_NOT_SUPPORTED");
            control.inject = vec![Inject::before(Function::C_CreateObject, none)];
        });
    }
}
