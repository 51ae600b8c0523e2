//! Changes to templates that a profile names: nothing is tried without them.

use misbehaving_module::control::{Control, RefuseAttribute, TemplateOf};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::op::KeyUsage;

use crate::fixture::ALL_USES;
use crate::life::live;
use crate::profile::open;
use crate::quirk::{calls, impose_private, playing, refuse, refuse_value, require};
use crate::rv::rv;

const P256: Curve = Curve::Secp256r1;

/// The first use of a token that wants `change` costs no call more than that of any token.
fn is_used_at_once(change: &str, usage: KeyUsage, quirk: impl Fn(&mut Control)) {
    let usual = playing(|_| {});
    let token = usual.open();
    let usual = calls(&usual, || live(&token, P256, usage));
    drop(token);
    let faulty = playing(quirk);
    let token = open(&faulty, &format!("version = 1\n[template]\n{change}")).unwrap();
    let first = calls(&faulty, || live(&token, P256, usage));
    assert_eq!(first, usual, "{change}");
}

#[test]
fn attributes_are_left_out() {
    is_used_at_once("omit = [\"CKA_DERIVE\"]", ALL_USES, |control| {
        control.refuse_attribute = vec![refuse("CKA_DERIVE")];
        control.impose_attribute = vec![impose_private("CKA_DERIVE", 1)];
    });
    let protection = "omit = [\"CKA_SENSITIVE\", \"CKA_EXTRACTABLE\"]";
    is_used_at_once(protection, ALL_USES, |control| {
        for (attribute, is_secret, is_private) in
            [("CKA_SENSITIVE", 0, 1), ("CKA_EXTRACTABLE", 1, 0)]
        {
            control.refuse_attribute.push(refuse(attribute));
            for (functions, value) in [
                (vec![Function::C_DeriveKey], is_secret),
                (
                    vec![Function::C_GenerateKeyPair, Function::C_CreateObject],
                    is_private,
                ),
            ] {
                let mut rule = impose_private(attribute, value);
                rule.function = functions.into();
                control.impose_attribute.push(rule);
            }
        }
    });
}

#[test]
fn usage_that_is_false_is_left_out() {
    let usage = KeyUsage {
        derive: false,
        ..ALL_USES
    };
    is_used_at_once("omit_false = true", usage, |control| {
        control.refuse_attribute = vec![refuse_value("CKA_DERIVE", 0)];
    });
}

#[test]
fn kind_and_length_are_named() {
    let both = "name_kind = true\nname_length = true";
    is_used_at_once(both, ALL_USES, |control| {
        control.require_attribute = vec![
            require("CKA_CLASS", Function::C_GenerateKeyPair),
            require("CKA_KEY_TYPE", Function::C_GenerateKeyPair),
            require("CKA_VALUE_LEN", Function::C_DeriveKey),
        ];
    });
}

#[test]
fn public_keys_are_private_objects() {
    is_used_at_once("private_public_keys = true", ALL_USES, |control| {
        control.refuse_attribute = vec![refuse_value("CKA_PRIVATE", 0)];
    });
}

#[test]
fn who_signs_verifies() {
    let usage = KeyUsage {
        verify: false,
        ..ALL_USES
    };
    is_used_at_once("verify_with_sign = true", usage, |control| {
        control.refuse_attribute = vec![RefuseAttribute {
            function: Function::C_GenerateKeyPair.into(),
            template: TemplateOf::PublicKey,
            answer: rv("CKR_KEY_TYPE_INCONSISTENT"),
            ..refuse_value("CKA_VERIFY", 0)
        }];
    });
}

/// A profile that is wrong costs tries, and no ability.
#[test]
fn a_change_that_the_token_does_not_want_is_given_up() {
    let faulty = playing(|control| {
        control.refuse_attribute = vec![refuse_value("CKA_PRIVATE", 0)];
    });
    let token = open(&faulty, "version = 1\n[template]\nname_kind = true").unwrap();
    live(&token, P256, ALL_USES);
}
