//! Faults in what leaves the token, and in what must not.

use misbehaving_module::control::{
    Control, ImposeAttribute, Inject, RefuseAttribute, SecretValue, ShowAttribute, TemplateOf,
};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::check::Outcome;

use crate::fault::is_caught;
use crate::keygen::ONE_POINT;

/// Private keys that get another value than the template says, and show what it says; until `function`
/// succeeded, if one is named.
fn pretend(control: &mut Control, attribute: &str, real: u8, until: Option<Function>) {
    let attribute = attribute.parse().unwrap();
    control.impose_attribute.push(ImposeAttribute {
        always: true,
        function: Function::C_GenerateKeyPair.into(),
        template: TemplateOf::PrivateKey,
        ..ImposeAttribute::new(attribute, [real])
    });
    control.show_attribute.push(ShowAttribute {
        object: TemplateOf::PrivateKey,
        until,
        ..ShowAttribute::new(attribute, [1 - real])
    });
}

/// C_SetAttributeValue does what it must not.
fn set(control: &mut Control, attribute: &str, value: u8) {
    control.inject = vec![Inject::before(
        Function::C_SetAttributeValue,
        "CKR_OK".parse().unwrap(),
    )];
    control.show_attribute = vec![ShowAttribute {
        object: TemplateOf::PrivateKey,
        once: Some(Function::C_SetAttributeValue),
        ..ShowAttribute::new(attribute.parse().unwrap(), [value])
    }];
}

#[test]
fn the_public_key_is_that_of_another_key() {
    is_caught("export.secp256r1.public", Outcome::Fail, |control| {
        control.show_attribute = vec![ShowAttribute::new(
            "CKA_EC_POINT".parse().unwrap(),
            hex::decode(ONE_POINT).unwrap(),
        )];
    });
}

#[test]
fn a_scalar_is_cut() {
    for cut in [SecretValue::CutFirst, SecretValue::CutLast] {
        is_caught("export.secp256r1.private", Outcome::Fail, |control| {
            control.encoding.private_value = cut;
        });
    }
}

#[test]
fn a_scalar_has_a_zero_too_many() {
    is_caught("export.secp256r1.private", Outcome::Warn, |control| {
        control.encoding.private_value = SecretValue::PadZero;
    });
}

/// NSS, for keys of the token.
#[test]
fn a_key_to_be_exported_is_not_shown() {
    is_caught("export.secp256r1.private", Outcome::Fail, |control| {
        control.refuse_attribute = vec![RefuseAttribute {
            function: Function::C_GetAttributeValue.into(),
            answer: "CKR_ATTRIBUTE_SENSITIVE".parse().unwrap(),
            ..RefuseAttribute::new("CKA_VALUE".parse().unwrap())
        }];
    });
}

#[test]
fn a_sensitive_key_gets_out() {
    let case = is_caught("export.secp256r1.sensitive", Outcome::Fail, |control| {
        pretend(control, "CKA_EXTRACTABLE", 1, None);
        pretend(control, "CKA_SENSITIVE", 0, None);
    });
    assert_eq!(
        case.findings[0].call.as_deref(),
        Some("C_GetAttributeValue")
    );
}

#[test]
fn a_key_is_made_extractable() {
    is_caught(
        "export.secp256r1.set-extractable",
        Outcome::Fail,
        |control| {
            set(control, "CKA_EXTRACTABLE", 1);
        },
    );
}

#[test]
fn a_key_is_made_readable() {
    let id = "export.secp256r1.set-not-sensitive";
    is_caught(id, Outcome::Fail, |control| {
        set(control, "CKA_SENSITIVE", 0)
    });
}

#[test]
fn a_change_is_ignored_silently() {
    is_caught(
        "export.secp256r1.set-extractable",
        Outcome::Warn,
        |control| {
            set(control, "CKA_LABEL", 1);
        },
    );
}

#[test]
fn a_copy_is_made_extractable() {
    is_caught(
        "export.secp256r1.copy-extractable",
        Outcome::Fail,
        |control| {
            pretend(control, "CKA_EXTRACTABLE", 1, Some(Function::C_CopyObject));
        },
    );
}

#[test]
fn a_copy_is_made_readable() {
    let id = "export.secp256r1.copy-not-sensitive";
    is_caught(id, Outcome::Fail, |control| {
        pretend(control, "CKA_SENSITIVE", 0, Some(Function::C_CopyObject));
    });
}
