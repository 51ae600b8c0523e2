//! Faults in key agreement.

use misbehaving_module::control::{
    Control, Inject, PointForm, RefuseMechanism, RequireAttribute, SecretValue,
};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::check::Outcome;

use crate::fault::is_caught;
use crate::rv::rv;

/// The base point of secp256r1: SEC 2, section 2.4.2.
const BASE_POINT: &str = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
                          4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

fn secrets(value: SecretValue) -> impl FnOnce(&mut Control) {
    move |control| control.encoding.secret = value
}

fn derivation(answer: &'static str) -> impl FnOnce(&mut Control) {
    move |control| control.inject = vec![Inject::before(Function::C_DeriveKey, rv(answer))]
}

#[test]
fn secrets_that_are_cut() {
    for (curve, cut) in [
        ("secp256r1", SecretValue::CutLast),
        ("secp384r1", SecretValue::CutFirst),
        ("secp521r1", SecretValue::CutLast),
    ] {
        let id = format!("ecdh.{curve}.secret");
        let result = is_caught(&id, Outcome::Fail, secrets(cut));
        let finding = &result.findings[0];
        assert_eq!(finding.call.as_deref(), Some("C_DeriveKey"));
    }
}

/// CardContact, pico-hsm: once in 256.
#[test]
fn secrets_that_lose_their_leading_zeros() {
    for curve in ["secp256r1", "secp521r1"] {
        let id = format!("ecdh.{curve}.leading-zero");
        is_caught(&id, Outcome::Warn, secrets(SecretValue::StripZeros));
    }
}

#[test]
fn secrets_with_a_zero_too_many() {
    for id in ["ecdh.secp384r1.leading-zero", "ecdh.secp256r1.runs"] {
        is_caught(id, Outcome::Warn, secrets(SecretValue::PadZero));
    }
}

#[test]
fn secrets_that_are_wrong_at_last_show_in_the_runs() {
    is_caught(
        "ecdh.secp256r1.runs",
        Outcome::Fail,
        secrets(SecretValue::CutLast),
    );
}

#[test]
fn peers_in_der_only() {
    let result = is_caught("ecdh.secp256r1.peers", Outcome::Warn, |control| {
        control.encoding.derive_point = PointForm::Der;
    });
    let finding = &result.findings[0];
    assert_eq!(
        finding.value.as_deref(),
        Some("CKR_MECHANISM_PARAM_INVALID")
    );
}

/// As PKCS#11 has it, so it is told and not held against the token.
#[test]
fn raw_peers_only() {
    let result = is_caught("ecdh.secp256r1.peers", Outcome::Pass, |control| {
        control.encoding.derive_point = PointForm::Raw;
    });
    assert_eq!(result.notes, ["points in DER are refused, as they may be"]);
}

#[test]
fn secrets_are_right_whatever_form_the_token_takes() {
    for form in [PointForm::Der, PointForm::Raw] {
        is_caught("ecdh.secp384r1.secret", Outcome::Pass, |control| {
            control.encoding.derive_point = form;
        });
    }
}

/// tpm2-pkcs11, p11-kit 0.24.
#[test]
fn no_key_agreement() {
    is_caught("ecdh.secp256r1.secret", Outcome::Skip, |control| {
        let ecdh = RefuseMechanism::new("CKM_ECDH1_DERIVE".parse().unwrap());
        control.refuse_mechanism = vec![ecdh];
    });
    is_caught("ecdh.secp256r1.secret", Outcome::Skip, |control| {
        let ecdh = RefuseMechanism::new("CKM_ECDH1_DERIVE".parse().unwrap());
        control.refuse_mechanism = vec![RefuseMechanism {
            listed: true,
            ..ecdh
        }];
    });
    is_caught(
        "ecdh.secp256r1.secret",
        Outcome::Skip,
        derivation("CKR_FUNCTION_NOT_SUPPORTED"),
    );
}

/// AWS CloudHSM lists CKM_ECDH1_DERIVE and refuses CKD_NULL.
#[test]
fn no_raw_secrets() {
    let result = is_caught(
        "ecdh.secp256r1.secret",
        Outcome::Fail,
        derivation("CKR_MECHANISM_PARAM_INVALID"),
    );
    let finding = &result.findings[0];
    assert_eq!(
        finding.value.as_deref(),
        Some("CKR_MECHANISM_PARAM_INVALID")
    );
}

/// OpenSC.
#[test]
fn a_template_must_say_that_the_secret_is_no_token_object() {
    is_caught("ecdh.secp256r1.secret", Outcome::Pass, |control| {
        let token = RequireAttribute::new("CKA_TOKEN".parse().unwrap(), [0]);
        let function = Function::C_DeriveKey.into();
        control.require_attribute = vec![RequireAttribute { function, ..token }];
    });
}

#[test]
fn points_that_are_no_keys_give_a_secret() {
    for what in ["off-curve", "infinity"] {
        let id = format!("ecdh.secp256r1.{what}");
        let result = is_caught(&id, Outcome::Fail, |control| {
            control.encoding.derive_instead = Some(hex::decode(BASE_POINT).unwrap());
        });
        assert!(!result.required, "Parsec refuses such points itself");
    }
}
