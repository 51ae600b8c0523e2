//! Faults in signatures.

use std::num::NonZeroU64;

use misbehaving_module::control::{Control, Inject, RefuseMechanism, SignatureForm};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::check::{CaseResult, Outcome};

use crate::fault::{Faulty, is_caught};
use crate::run::check;
use crate::rv::rv;

fn refused_digests(lengths: &[usize], answer: &'static str) -> impl FnOnce(&mut Control) {
    let lengths = lengths.to_vec();
    move |control| {
        control.digests.lengths = Some(lengths);
        control.digests.answer = rv(answer);
    }
}

/// The function and the value that the first finding names.
fn blamed(result: &CaseResult) -> (&str, Option<&str>) {
    let finding = &result.findings[0];
    (
        finding.call.as_deref().unwrap_or_default(),
        finding.value.as_deref(),
    )
}

#[test]
fn a_wrong_signature() {
    let result = is_caught("ecdsa.secp256r1.sha256.sign", Outcome::Fail, |control| {
        control.encoding.signature = SignatureForm::FlipBit;
    });
    assert_eq!(blamed(&result), ("C_Sign", None));
}

/// SoftHSM2, issue 901.
#[test]
fn a_third_of_the_signatures_is_wrong() {
    let result = is_caught("ecdsa.secp256k1.thousand", Outcome::Fail, |control| {
        control.encoding.signature = SignatureForm::FlipBit;
        control.encoding.signature_every = NonZeroU64::new(3);
    });
    let actual = &result.findings[0].actual;
    assert_eq!(actual, "333 of 1000 do not verify");
}

#[test]
fn zeros_that_are_stripped_from_each_half() {
    // There each second half begins with a zero byte.
    is_caught("ecdsa.secp521r1.nonces", Outcome::Fail, |control| {
        control.encoding.signature = SignatureForm::StripZeros;
    });
}

#[test]
fn zeros_that_are_stripped_from_both_halves() {
    is_caught("ecdsa.secp521r1.nonces", Outcome::Warn, |control| {
        control.encoding.signature = SignatureForm::StripCommonZeros;
    });
}

/// tpm2-pkcs11.
#[test]
fn digests_shorter_than_every_hash_that_is_taken() {
    for answer in ["CKR_DATA_LEN_RANGE", "CKR_GENERAL_ERROR"] {
        let result = is_caught(
            "ecdsa.secp256r1.sha224.sign",
            Outcome::Warn,
            refused_digests(&[20, 32, 48, 64], answer),
        );
        assert_eq!(blamed(&result), ("C_Sign", Some(answer)));
    }
}

/// OpenSC, PKCS#15 cards.
#[test]
fn digests_longer_than_the_order() {
    let result = is_caught(
        "ecdsa.secp256r1.sha512.sign",
        Outcome::Warn,
        refused_digests(&[32], "CKR_DATA_LEN_RANGE"),
    );
    assert_eq!(blamed(&result), ("C_Sign", Some("CKR_DATA_LEN_RANGE")));
}

#[test]
fn a_digest_that_is_taken_in_no_form() {
    is_caught(
        "ecdsa.secp256r1.sha256.sign",
        Outcome::Skip,
        refused_digests(&[20], "CKR_DATA_LEN_RANGE"),
    );
}

#[test]
fn no_ckm_ecdsa() {
    let faulty = Faulty::new(|control| {
        let ecdsa = RefuseMechanism::new("CKM_ECDSA".parse().unwrap());
        control.refuse_mechanism = vec![ecdsa];
    });
    let id = "ecdsa.secp256r1.sha256.sign";
    let checked = check(&faulty.access, &["--filter", id]);
    assert_eq!(checked.outcome(id), Outcome::Skip);
    // What is needed must not be skipped.
    assert_eq!(checked.code(), 1);
}

/// tpm2-pkcs11 on secp521r1.
#[test]
fn keys_that_are_made_and_do_not_sign() {
    let result = is_caught("ecdsa.secp521r1.sha512.sign", Outcome::Fail, |control| {
        let no_memory = Inject::before(Function::C_SignInit, rv("CKR_HOST_MEMORY"));
        control.inject = vec![no_memory];
    });
    assert_eq!(blamed(&result).1, Some("CKR_HOST_MEMORY"));
}

#[test]
fn general_errors_for_everything_that_is_signed() {
    is_caught("ecdsa.secp384r1.sha384.sign", Outcome::Fail, |control| {
        let error = Inject::before(Function::C_Sign, rv("CKR_GENERAL_ERROR"));
        control.inject = vec![error];
    });
}

#[test]
fn every_signature_is_accepted() {
    for what in ["verify", "ranges", "lengths"] {
        let id = format!("ecdsa.secp256r1.{what}");
        let result = is_caught(&id, Outcome::Fail, |control| {
            control.inject = vec![Inject::before(Function::C_Verify, rv("CKR_OK"))];
        });
        assert_eq!(blamed(&result).0, "C_Verify");
    }
}

#[test]
fn right_signatures_are_refused() {
    let result = is_caught("ecdsa.secp384r1.verify", Outcome::Fail, |control| {
        let refused = Inject::before(Function::C_Verify, rv("CKR_SIGNATURE_INVALID"));
        control.inject = vec![refused];
    });
    assert_eq!(blamed(&result), ("C_Verify", Some("CKR_SIGNATURE_INVALID")));
}

#[test]
fn wrong_signatures_are_refused_as_something_else() {
    let result = is_caught("ecdsa.secp256r1.verify", Outcome::Warn, |control| {
        // The first two are right.
        let refused = Inject::before(Function::C_Verify, rv("CKR_DATA_INVALID"));
        control.inject = vec![refused.nth(3)];
    });
    assert_eq!(blamed(&result), ("C_Verify", Some("CKR_DATA_INVALID")));
}

#[test]
fn no_verification() {
    is_caught("ecdsa.secp256r1.verify", Outcome::Skip, |control| {
        let missing = Inject::before(Function::C_VerifyInit, rv("CKR_FUNCTION_NOT_SUPPORTED"));
        control.inject = vec![missing];
    });
}

/// tpm2-pkcs11 leaves the operation active when it refuses a signature for its length.
#[test]
fn an_operation_that_does_not_end() {
    let result = is_caught("ecdsa.secp256r1.lengths", Outcome::Warn, |control| {
        let active = Inject::before(Function::C_VerifyInit, rv("CKR_OPERATION_ACTIVE"));
        // The first is for the right signature.
        control.inject = vec![active.nth(3)];
    });
    assert_eq!(
        blamed(&result),
        ("C_VerifyInit", Some("CKR_OPERATION_ACTIVE"))
    );
}
