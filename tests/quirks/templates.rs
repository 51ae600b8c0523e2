//! Tokens that want other templates than the standard ones.

use misbehaving_module::control::{Control, ImposeAttribute, RefuseAttribute, TemplateOf};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::op::{KeyUsage, capability, export, generate};

use crate::fixture::{ALL_USES, made, new_key};
use crate::life::{store_pair, with_key};
use crate::quirk::Found::{AtOnce, BySearch};
use crate::quirk::{
    impose_private, impose_public, refuse, refuse_mechanism, refuse_value, refuses, require,
    survives, unsupported,
};
use crate::rv::rv;

const P256: Curve = Curve::Secp256r1;

const ONLY_SIGN: KeyUsage = KeyUsage {
    verify: false,
    derive: false,
    ..ALL_USES
};
const ONLY_DERIVE: KeyUsage = KeyUsage {
    sign: false,
    verify: false,
    ..ALL_USES
};
const SIGN_AND_VERIFY: KeyUsage = KeyUsage {
    derive: false,
    ..ALL_USES
};
const EXPORT: KeyUsage = KeyUsage {
    export: true,
    ..ALL_USES
};

const MAKING_KEYS: [Function; 2] = [Function::C_GenerateKeyPair, Function::C_CreateObject];

/// What protects a private key is read-only, as on NXP's, and up to the token.
fn protection_is_up_to_the_token(control: &mut Control, sensitive: u8, extractable: u8) {
    for (attribute, value) in [
        ("CKA_SENSITIVE", sensitive),
        ("CKA_EXTRACTABLE", extractable),
    ] {
        control.refuse_attribute.push(RefuseAttribute {
            function: MAKING_KEYS.to_vec().into(),
            answer: rv("CKR_ATTRIBUTE_READ_ONLY"),
            ..refuse(attribute)
        });
        control.impose_attribute.push(ImposeAttribute {
            function: MAKING_KEYS.to_vec().into(),
            ..impose_private(attribute, value)
        });
    }
}

#[test]
fn protection_by_the_token_itself_is_read_back() {
    survives(P256, ALL_USES, BySearch, |control| {
        protection_is_up_to_the_token(control, 1, 0);
    });
}

#[test]
fn keys_that_come_out_unprotected_are_not_made() {
    for (sensitive, extractable) in [(0, 1), (0, 0), (1, 1)] {
        refuses(
            P256,
            capability::can_generate,
            |token| generate::generate(token, &new_key(P256, ALL_USES)),
            |control| protection_is_up_to_the_token(control, sensitive, extractable),
        );
        refuses(
            P256,
            capability::can_import_pair,
            |token| store_pair(token, P256, ALL_USES),
            |control| {
                protection_is_up_to_the_token(control, sensitive, extractable);
                // Those that it makes itself are protected: else nothing is stored at all.
                for rule in &mut control.refuse_attribute {
                    rule.function = Function::C_CreateObject.into();
                }
                for rule in &mut control.impose_attribute {
                    rule.function = Function::C_CreateObject.into();
                }
            },
        );
    }
}

#[test]
fn a_template_that_was_taken_is_not_believed() {
    refuses(
        P256,
        capability::can_generate,
        |token| generate::generate(token, &new_key(P256, ALL_USES)),
        |control| {
            control.impose_attribute = vec![ImposeAttribute {
                always: true,
                ..impose_private("CKA_EXTRACTABLE", 1)
            }];
        },
    );
}

#[test]
fn keys_that_cannot_be_exported_are_not_made_to_be() {
    let exported = |token: &_| {
        with_key(token, P256, EXPORT, |key| {
            export::export_private(token, made(key))
        })
    };
    // tpm2-pkcs11 refuses the template; NSS takes it and makes keys of the token sensitive.
    refuses(P256, capability::can_export, exported, |control| {
        control.refuse_attribute = vec![refuse_value("CKA_EXTRACTABLE", 1)];
        control.impose_attribute = vec![impose_private("CKA_EXTRACTABLE", 0)];
    });
    refuses(P256, capability::can_export, exported, |control| {
        control.impose_attribute = vec![ImposeAttribute {
            always: true,
            ..impose_private("CKA_SENSITIVE", 1)
        }];
    });
}

#[test]
fn public_keys_may_have_to_be_private_objects() {
    survives(P256, ALL_USES, BySearch, |control| {
        control.refuse_attribute = vec![refuse_value("CKA_PRIVATE", 0)];
    });
}

#[test]
fn the_permission_to_derive_may_be_unknown() {
    for usage in [ALL_USES, SIGN_AND_VERIFY] {
        survives(P256, usage, BySearch, |control| {
            control.refuse_attribute = vec![refuse("CKA_DERIVE")];
            control.impose_attribute = vec![impose_private("CKA_DERIVE", 1)];
        });
    }
}

#[test]
fn usage_that_is_false_may_have_to_be_left_out() {
    for usage in [ONLY_SIGN, ONLY_DERIVE, SIGN_AND_VERIFY] {
        survives(P256, usage, BySearch, |control| {
            let attributes = ["CKA_SIGN", "CKA_VERIFY", "CKA_DERIVE"];
            control.refuse_attribute = attributes.map(|usage| refuse_value(usage, 0)).into();
        });
    }
}

#[test]
fn class_and_key_type_may_have_to_be_named() {
    for attributes in [&["CKA_KEY_TYPE"][..], &["CKA_CLASS", "CKA_KEY_TYPE"]] {
        survives(P256, ALL_USES, BySearch, |control| {
            let rules = attributes
                .iter()
                .map(|attribute| require(attribute, Function::C_GenerateKeyPair));
            control.require_attribute = rules.collect();
        });
    }
}

#[test]
fn two_differences_at_once_are_found() {
    survives(P256, ALL_USES, BySearch, |control| {
        control.require_attribute = vec![require("CKA_CLASS", Function::C_GenerateKeyPair)];
        control.refuse_attribute = vec![refuse_value("CKA_PRIVATE", 0)];
    });
}

#[test]
fn the_length_of_a_secret_may_have_to_be_named() {
    survives(P256, ALL_USES, BySearch, |control| {
        control.require_attribute = vec![require("CKA_VALUE_LEN", Function::C_DeriveKey)];
    });
}

#[test]
fn the_protection_of_a_secret_may_be_up_to_the_token() {
    survives(P256, ALL_USES, BySearch, |control| {
        for (attribute, value) in [("CKA_SENSITIVE", 0), ("CKA_EXTRACTABLE", 1)] {
            let function = Function::C_DeriveKey;
            control.refuse_attribute.push(RefuseAttribute {
                function: function.into(),
                ..refuse(attribute)
            });
            control.impose_attribute.push(ImposeAttribute {
                function: function.into(),
                ..impose_private(attribute, value)
            });
        }
    });
}

#[test]
fn a_secret_is_said_to_be_no_object_of_the_token() {
    survives(P256, ALL_USES, AtOnce, |control| {
        control.require_attribute = vec![require("CKA_TOKEN", Function::C_DeriveKey)];
    });
}

#[test]
fn what_some_tokens_refuse_is_never_sent() {
    survives(P256, ALL_USES, AtOnce, |control| {
        let wide = [
            "CKA_WRAP",
            "CKA_UNWRAP",
            "CKA_ENCRYPT",
            "CKA_DECRYPT",
            "CKA_ALLOWED_MECHANISMS",
            "CKA_SIGN_RECOVER",
            "CKA_VERIFY_RECOVER",
        ];
        control.refuse_attribute = wide.map(refuse).into();
        // Reading it is an error of the device through p11-kit.
        control.refuse_attribute.push(RefuseAttribute {
            function: Function::C_GetAttributeValue.into(),
            answer: rv("CKR_DEVICE_ERROR"),
            ..refuse("CKA_ALLOWED_MECHANISMS")
        });
    });
}

#[test]
fn what_some_tokens_lack_is_never_called() {
    survives(P256, ALL_USES, AtOnce, |control| {
        control.inject = vec![unsupported(&[
            Function::C_SetAttributeValue,
            Function::C_CopyObject,
            Function::C_GetObjectSize,
            Function::C_GetMechanismList,
            Function::C_WaitForSlotEvent,
            Function::C_SignUpdate,
            Function::C_WrapKey,
        ])];
    });
}

#[test]
fn all_that_a_key_may_do_is_asked_for() {
    survives(P256, ALL_USES, AtOnce, |control| {
        control.impose_attribute = vec![
            impose_private("CKA_SIGN", 0),
            impose_private("CKA_DERIVE", 0),
            impose_public("CKA_VERIFY", 0),
        ];
    });
}

#[test]
fn a_key_that_signs_may_have_to_verify() {
    survives(P256, ONLY_SIGN, BySearch, |control| {
        control.refuse_attribute = vec![RefuseAttribute {
            function: Function::C_GenerateKeyPair.into(),
            template: TemplateOf::PublicKey,
            answer: rv("CKR_KEY_TYPE_INCONSISTENT"),
            ..refuse_value("CKA_VERIFY", 0)
        }];
    });
}

#[test]
fn a_token_that_signs_only_takes_keys_that_might_derive() {
    survives(P256, SIGN_AND_VERIFY, BySearch, |control| {
        control.refuse_attribute = vec![refuse("CKA_DERIVE")];
        control.refuse_mechanism = vec![refuse_mechanism("CKM_ECDH1_DERIVE")];
    });
}
