//! Faults in the generation of key pairs.

use misbehaving_module::control::{
    Control, ImposeAttribute, Inject, PointEncoding, RefuseAttribute, RequireAttribute,
    ShowAttribute, TemplateOf,
};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::check::{CaseResult, Fact, Outcome};

use crate::fault::is_caught;

/// The generator of secp256r1 in a DER OCTET STRING: the public key of the scalar 1.
pub(crate) const ONE_POINT: &str = "0441046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
                                    4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

fn changes(case: &CaseResult) -> Vec<&str> {
    let changes = case.facts.iter().filter_map(|fact| match fact {
        Fact::Template { change } => Some(change.as_str()),
        _ => None,
    });
    changes.collect()
}

fn refuse(control: &mut Control, attribute: &str) {
    control.refuse_attribute.push(RefuseAttribute {
        function: Function::C_GenerateKeyPair.into(),
        ..RefuseAttribute::new(attribute.parse().unwrap())
    });
}

fn impose(control: &mut Control, attribute: &str, value: u8) {
    control.impose_attribute.push(ImposeAttribute {
        always: true,
        template: TemplateOf::PrivateKey,
        ..ImposeAttribute::new(attribute.parse().unwrap(), [value])
    });
}

/// tpm2-pkcs11 did so.
#[test]
fn derive_is_refused_whatever_its_value() {
    let case = is_caught("keygen.secp256r1.generate", Outcome::Warn, |control| {
        refuse(control, "CKA_DERIVE");
    });
    assert_eq!(changes(&case), ["CKA_DERIVE"]);
}

/// NXP Layerscape.
#[test]
fn protection_is_read_only() {
    let case = is_caught("keygen.secp256r1.generate", Outcome::Warn, |control| {
        refuse(control, "CKA_SENSITIVE");
        refuse(control, "CKA_EXTRACTABLE");
        // It decides itself, as that token does.
        impose(control, "CKA_SENSITIVE", 1);
        impose(control, "CKA_EXTRACTABLE", 0);
    });
    assert_eq!(changes(&case), ["CKA_SENSITIVE", "CKA_EXTRACTABLE"]);
}

/// AWS CloudHSM.
#[test]
fn public_keys_have_to_be_private() {
    let case = is_caught("keygen.secp256r1.generate", Outcome::Warn, |control| {
        control.require_attribute.push(RequireAttribute {
            template: TemplateOf::PublicKey,
            function: Function::C_GenerateKeyPair.into(),
            ..RequireAttribute::new("CKA_PRIVATE".parse().unwrap(), [1])
        });
    });
    assert_eq!(changes(&case), ["private_public_keys"]);
}

/// OP-TEE grants what a template asks, and some tokens want it to say what it is about.
#[test]
fn templates_have_to_name_the_kind_of_key() {
    let case = is_caught("keygen.secp256r1.generate", Outcome::Warn, |control| {
        control.require_attribute.push(RequireAttribute {
            value: None,
            function: Function::C_GenerateKeyPair.into(),
            ..RequireAttribute::new("CKA_KEY_TYPE".parse().unwrap(), [])
        });
    });
    assert_eq!(changes(&case), ["name_kind"]);
}

#[test]
fn what_is_false_is_refused() {
    let case = is_caught("keygen.secp256r1.sign-only", Outcome::Warn, |control| {
        control.refuse_attribute.push(RefuseAttribute {
            value: Some(vec![0]),
            function: Function::C_GenerateKeyPair.into(),
            ..RefuseAttribute::new("CKA_DERIVE".parse().unwrap())
        });
    });
    assert_eq!(changes(&case), ["omit_false"]);
}

#[test]
fn the_protection_of_a_key_is_changed_silently() {
    for (attribute, value) in [
        ("CKA_EXTRACTABLE", 1),
        ("CKA_SENSITIVE", 0),
        ("CKA_PRIVATE", 0),
    ] {
        is_caught("keygen.secp256r1.generate", Outcome::Fail, |control| {
            impose(control, attribute, value);
        });
    }
}

#[test]
fn a_key_may_do_more_than_was_asked() {
    is_caught("keygen.secp256r1.sign-only", Outcome::Warn, |control| {
        impose(control, "CKA_DERIVE", 1);
    });
}

#[test]
fn a_key_may_do_less_than_was_asked() {
    is_caught("keygen.secp256r1.attributes", Outcome::Fail, |control| {
        impose(control, "CKA_SIGN", 0);
    });
}

#[test]
fn a_key_tells_lies_about_its_history() {
    let another_mechanism = 0_u64.to_ne_bytes();
    for (attribute, value) in [
        ("CKA_LOCAL", &[0][..]),
        ("CKA_NEVER_EXTRACTABLE", &[0]),
        ("CKA_ALWAYS_SENSITIVE", &[0]),
        ("CKA_KEY_GEN_MECHANISM", &another_mechanism),
    ] {
        let case = is_caught("keygen.secp256r1.attributes", Outcome::Warn, |control| {
            let attribute = attribute.parse().unwrap();
            control.show_attribute = vec![ShowAttribute::new(attribute, value)];
        });
        assert!(case.findings[0].expected.starts_with(attribute), "{case:?}");
    }
}

#[test]
fn a_key_claims_never_to_have_been_extractable() {
    let id = "keygen.secp256r1.exportable";
    is_caught(id, Outcome::Fail, |control| {
        let attribute = "CKA_NEVER_EXTRACTABLE".parse().unwrap();
        control.show_attribute = vec![ShowAttribute::new(attribute, [1])];
    });
}

/// YKCS11 and NSS refuse the first, Entrust nShield the others.
#[test]
fn single_attributes_are_refused() {
    for (attribute, word) in [
        ("CKA_ALLOWED_MECHANISMS", "allowed-mechanisms"),
        ("CKA_UNWRAP", "unwrap-false"),
        ("CKA_WRAP", "wrap-false"),
        ("CKA_DECRYPT", "decrypt-false"),
    ] {
        let id = format!("keygen.secp256r1.attribute.{word}");
        is_caught(&id, Outcome::Warn, |control| refuse(control, attribute));
    }
}

#[test]
fn every_key_is_the_same() {
    is_caught("keygen.secp256r1.distinct", Outcome::Fail, |control| {
        control.show_attribute = vec![ShowAttribute::new(
            "CKA_EC_POINT".parse().unwrap(),
            hex::decode(ONE_POINT).unwrap(),
        )];
    });
}

/// tpm2-pkcs11 1.9.
#[test]
fn a_key_is_made_whose_point_cannot_be_read() {
    is_caught("keygen.secp521r1.generate", Outcome::Fail, |control| {
        control.encoding.ec_point = PointEncoding::BareLength;
    });
}

#[test]
fn a_curve_is_refused() {
    for answer in ["CKR_CURVE_NOT_SUPPORTED", "CKR_GENERAL_ERROR"] {
        is_caught("keygen.secp384r1.generate", Outcome::Skip, |control| {
            let answer = answer.parse().unwrap();
            control.inject = vec![Inject::before(Function::C_GenerateKeyPair, answer)];
        });
    }
}

#[test]
fn the_device_fails() {
    let case = is_caught("keygen.secp256r1.generate", Outcome::Fail, |control| {
        let answer = "CKR_DEVICE_ERROR".parse().unwrap();
        control.inject = vec![Inject::before(Function::C_GenerateKeyPair, answer)];
    });
    assert_eq!(case.findings[0].call.as_deref(), Some("C_GenerateKeyPair"));
    assert_eq!(case.findings[0].value.as_deref(), Some("CKR_DEVICE_ERROR"));
}
