//! Faults in what is refused, and how.

use std::num::NonZeroU64;

use misbehaving_module::control::{Control, End, How, ImposeAttribute, TemplateOf};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::check::Outcome;

use crate::answer::{always, nth};
use crate::fault::is_caught;

#[test]
fn wrong_signatures_that_verify() {
    for id in [
        "errors.signature-wrong",
        "errors.signature-short",
        "errors.signature-long",
        "errors.signature-empty",
    ] {
        is_caught(id, Outcome::Fail, |control| {
            always(control, Function::C_Verify, "CKR_OK");
        });
    }
}

/// NSS.
#[test]
fn a_signature_whose_length_is_said_to_be_that_of_the_data() {
    let case = is_caught("errors.signature-short", Outcome::Warn, |control| {
        always(control, Function::C_Verify, "CKR_DATA_LEN_RANGE");
    });
    assert_eq!(case.findings[0].expected, "CKR_SIGNATURE_LEN_RANGE");
    assert_eq!(
        case.findings[0].value.as_deref(),
        Some("CKR_DATA_LEN_RANGE")
    );
}

/// tpm2-pkcs11 and OpenSC refuse digests that are too long, as the standard lets them.
#[test]
fn long_digests_that_are_refused_vaguely() {
    is_caught("errors.digest-long", Outcome::Pass, |control| {
        control.digests.lengths = Some(vec![20, 32, 48, 64]);
    });
    is_caught("errors.digest-long", Outcome::Warn, |control| {
        control.digests.lengths = Some(vec![20, 32, 48, 64]);
        control.digests.answer = "CKR_FUNCTION_FAILED".parse().unwrap();
    });
}

#[test]
fn a_refusal_that_looks_like_a_failure_of_the_token() {
    for id in [
        "errors.sign-with-public",
        "errors.sign-with-destroyed",
        "errors.mechanism-not-for-call",
    ] {
        let case = is_caught(id, Outcome::Warn, |control| {
            always(control, Function::C_SignInit, "CKR_GENERAL_ERROR");
        });
        assert_eq!(case.findings[0].value.as_deref(), Some("CKR_GENERAL_ERROR"));
        assert!(case.findings[0].remedy.contains("failure of the token"));
    }
}

#[test]
fn a_private_key_that_verifies() {
    is_caught("errors.verify-with-private", Outcome::Fail, |control| {
        always(control, Function::C_VerifyInit, "CKR_OK");
        always(control, Function::C_Verify, "CKR_OK");
    });
}

fn impose(control: &mut Control, attribute: &str) {
    control.impose_attribute.push(ImposeAttribute {
        always: true,
        function: Function::C_GenerateKeyPair.into(),
        template: TemplateOf::PrivateKey,
        ..ImposeAttribute::new(attribute.parse().unwrap(), [1])
    });
}

/// NSS derives by every key.
#[test]
fn keys_that_do_what_they_may_not() {
    is_caught("errors.sign-not-permitted", Outcome::Fail, |control| {
        impose(control, "CKA_SIGN");
    });
    is_caught("errors.derive-not-permitted", Outcome::Fail, |control| {
        impose(control, "CKA_DERIVE");
    });
}

#[test]
fn a_destroyed_object_that_is_destroyed_again() {
    is_caught("errors.destroyed-twice", Outcome::Fail, |control| {
        nth(control, Function::C_DestroyObject, 3, "CKR_OK");
    });
}

#[test]
fn templates_that_are_not_looked_at() {
    is_caught("errors.params-missing", Outcome::Fail, |control| {
        nth(control, Function::C_GenerateKeyPair, 2, "CKR_OK");
    });
    is_caught("errors.point-missing", Outcome::Fail, |control| {
        always(control, Function::C_CreateObject, "CKR_OK");
    });
}

/// NSS and tpm2-pkcs11.
#[test]
fn a_curve_that_changes() {
    let case = is_caught("errors.attribute-fixed", Outcome::Fail, |control| {
        always(control, Function::C_SetAttributeValue, "CKR_OK");
    });
    assert_eq!(case.notes, ["CKA_EC_PARAMS is as it was"]);
}

#[test]
fn a_malformed_point_that_is_taken() {
    is_caught("errors.peer-empty", Outcome::Fail, |control| {
        nth(control, Function::C_DeriveKey, 2, "CKR_OK");
    });
}

/// Thales Luna: wrong parameters of C_DeriveKey ended the process.
#[test]
fn a_malformed_point_that_ends_the_process() {
    let case = is_caught("errors.peer-empty", Outcome::Fail, |control| {
        let second = NonZeroU64::new(2).unwrap();
        control
            .end
            .push(End::before(Function::C_DeriveKey, second, How::Abort));
    });
    assert_eq!(case.findings[0].call.as_deref(), Some("C_DeriveKey"));
}

#[test]
fn operations_that_are_not_told_apart() {
    is_caught("errors.not-begun", Outcome::Fail, |control| {
        always(control, Function::C_SignUpdate, "CKR_OK");
    });
    is_caught("errors.begun-twice", Outcome::Fail, |control| {
        always(control, Function::C_FindObjectsInit, "CKR_OK");
    });
}
