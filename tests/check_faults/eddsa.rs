//! Faults with Edwards keys.

use misbehaving_module::control::{
    Control, Inject, RefuseAttribute, RefuseMechanism, ShowAttribute,
};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::check::Outcome;

use crate::fault::is_caught;

/// The public key of the first test vector in RFC 8032, section 7.1.
const ANOTHER_POINT: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

fn answer(control: &mut Control, function: Function, answer: &str) {
    control.inject = vec![Inject::before(function, answer.parse().unwrap())];
}

fn show_point(control: &mut Control, header: &[u8]) {
    let point = [header, &hex::decode(ANOTHER_POINT).unwrap()].concat();
    let attribute = "CKA_EC_POINT".parse().unwrap();
    control.show_attribute = vec![ShowAttribute::new(attribute, point)];
}

#[test]
fn points_are_bit_strings() {
    is_caught("eddsa.ed25519.generate", Outcome::Warn, |control| {
        show_point(control, b"\x03\x21\x00");
    });
}

#[test]
fn points_are_malformed() {
    is_caught("eddsa.ed25519.generate", Outcome::Fail, |control| {
        show_point(control, b"\x04\x21");
    });
}

#[test]
fn the_curve_has_to_be_named() {
    is_caught("eddsa.ed25519.generate", Outcome::Warn, |control| {
        control.refuse_attribute = vec![RefuseAttribute {
            value: Some(b"\x06\x03\x2b\x65\x70".to_vec()),
            ..RefuseAttribute::new("CKA_EC_PARAMS".parse().unwrap())
        }];
    });
}

#[test]
fn a_signature_is_one_of_another_key() {
    is_caught("eddsa.ed25519.sign", Outcome::Fail, |control| {
        show_point(control, b"");
    });
}

#[test]
fn the_token_fails_to_sign() {
    is_caught("eddsa.ed448.sign", Outcome::Fail, |control| {
        answer(control, Function::C_Sign, "CKR_DEVICE_ERROR");
    });
}

#[test]
fn every_signature_verifies() {
    is_caught("eddsa.ed25519.verify", Outcome::Fail, |control| {
        answer(control, Function::C_Verify, "CKR_OK");
    });
}

#[test]
fn there_is_no_eddsa() {
    is_caught("eddsa.ed25519.sign", Outcome::Skip, |control| {
        let mechanism = "CKM_EDDSA".parse().unwrap();
        control.refuse_mechanism = vec![RefuseMechanism::new(mechanism)];
    });
}
