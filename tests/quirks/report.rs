//! Tokens that say nothing, or something wrong, about themselves.

use misbehaving_module::control::{Inject, KeySizes};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::config::{Config, Section};
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::op::generate;
use parsec_pkcs11_ecc::token::Token;

use crate::fixture::{ALL_USES, new_key};
use crate::life::{live, signs};
use crate::quirk::Found::AtOnce;
use crate::quirk::{playing, survives, unsupported};
use crate::rv::rv;

/// SoftHSM says 112 to 521 bits, and has secp521r1 but not everything between; TPMs say up to 638.
#[test]
fn sizes_of_keys_are_not_believed() {
    for curve in [Curve::Secp256r1, Curve::Secp521r1] {
        survives(curve, ALL_USES, AtOnce, |control| {
            let mechanisms = ["CKM_EC_KEY_PAIR_GEN", "CKM_ECDSA", "CKM_ECDH1_DERIVE"];
            let sizes = |mechanism: &str| KeySizes {
                mechanism: mechanism.parse().unwrap(),
                smallest: 4096,
                largest: 1,
            };
            control.key_sizes = mechanisms.map(sizes).into();
        });
    }
}

#[test]
fn a_token_may_not_tell_of_its_sessions() {
    survives(Curve::Secp256r1, ALL_USES, AtOnce, |control| {
        control.inject = vec![unsupported(&[Function::C_GetSessionInfo])];
    });
}

/// opencryptoki's has a time that cannot be read.
#[test]
fn a_token_that_cannot_be_described_is_chosen_by_its_slot() {
    for answer in ["CKR_FUNCTION_FAILED", "CKR_GENERAL_ERROR"] {
        let faulty = playing(|control| {
            control.inject = vec![Inject::before(Function::C_GetTokenInfo, rv(answer))];
        });
        let open = |section: Section| Token::open(Config::try_from(section).unwrap());
        let pkcs11 = softhsm_test::pkcs11().unwrap();
        let by_slot = Section {
            serial_number: None,
            slot_number: Some(faulty.softhsm.slot(&pkcs11).unwrap().id()),
            ..faulty.section()
        };
        let token = open(by_slot).unwrap();
        live(&token, Curve::Secp256r1, ALL_USES);
        // The login is found again in this slot, too.
        let key = new_key(Curve::Secp256r1, ALL_USES);
        generate::generate(&token, &key).unwrap();
        let mut control = faulty.well_behaved();
        control.kill_sessions = Some(rv("CKR_SESSION_HANDLE_INVALID"));
        control.inject = vec![Inject::before(Function::C_GetTokenInfo, rv(answer))];
        faulty.order(control);
        signs(&token, &key, &[7; 32]);
        drop(token);

        let error = open(faulty.section()).unwrap_err();
        assert!(error.to_string().contains("unreadable"), "{error}");
    }
}
