//! Faults in encodings.

use misbehaving_module::control::{
    Control, PointEncoding, PointForm, ShowAttribute, SignatureForm,
};
use parsec_pkcs11_ecc::check::Outcome;

use crate::fault::is_caught;

const SECP384R1: &[u8] = b"\x06\x05\x2b\x81\x04\x00\x22";
const PRIME256V1: &[u8] = b"\x13\x0aprime256v1";

fn show_params(control: &mut Control, params: &[u8]) {
    control.show_attribute = vec![ShowAttribute::new("CKA_EC_PARAMS".parse().unwrap(), params)];
}

/// NXP Layerscape.
#[test]
fn points_are_raw() {
    is_caught("encodings.secp256r1.ec-point", Outcome::Warn, |control| {
        control.encoding.ec_point = PointEncoding::Raw;
    });
}

#[test]
fn points_are_bit_strings() {
    is_caught("encodings.secp256r1.ec-point", Outcome::Fail, |control| {
        control.encoding.ec_point = PointEncoding::BitString;
    });
}

/// tpm2-pkcs11 1.9.
#[test]
fn lengths_have_one_byte() {
    is_caught("encodings.secp521r1.ec-point", Outcome::Fail, |control| {
        control.encoding.ec_point = PointEncoding::BareLength;
    });
}

#[test]
fn another_curve_is_shown() {
    is_caught("encodings.secp256r1.ec-params", Outcome::Fail, |control| {
        show_params(control, SECP384R1);
    });
}

#[test]
fn the_curve_has_another_name() {
    is_caught("encodings.secp256r1.ec-params", Outcome::Warn, |control| {
        show_params(control, PRIME256V1);
    });
}

#[test]
fn halves_of_signatures_lack_their_zeros() {
    is_caught(
        "encodings.secp256r1.signature-zeros",
        Outcome::Fail,
        |control| control.encoding.signature = SignatureForm::StripZeros,
    );
}

#[test]
fn signatures_are_wrong() {
    is_caught(
        "encodings.secp256r1.signature-width",
        Outcome::Fail,
        |control| control.encoding.signature = SignatureForm::FlipBit,
    );
}

/// It is no fault that only DER is taken, and nothing that a compressed point could be right in.
#[test]
fn compressed_points_are_refused() {
    let case = is_caught(
        "encodings.secp256r1.compressed-peer",
        Outcome::Pass,
        |control| control.encoding.derive_point = PointForm::Der,
    );
    assert!(case.notes[0].contains("refused"), "{case:?}");
}
