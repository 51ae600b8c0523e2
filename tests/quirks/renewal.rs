//! Modules that have to be initialised anew, and what must not come of it.

use misbehaving_module::control::Inject;
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::config::Config;
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::op::{agree, capability, destroy, export, generate};
use parsec_pkcs11_ecc::token::Token;
use parsec_pkcs11_ecc::{ErrorKind, Result};

use crate::fixture::{ALL_USES, made, new_key};
use crate::judge::Judge;
use crate::quirk::{calls, count, playing};
use crate::rv::rv;
use crate::setup::key_on;

const P256: Curve = Curve::Secp256r1;

#[test]
fn a_pin_that_is_refused_meanwhile_is_not_tried_again() {
    let faulty = playing(|_| {});
    let mut config = Config::try_from(faulty.section()).unwrap();
    config.profile.renew_after_destroy = true;
    // The module is the token's own to initialise.
    softhsm_test::pkcs11().unwrap().finalize().unwrap();
    let token = Token::open(config).unwrap();
    let key = key_on(&token);

    let mut control = faulty.well_behaved();
    control.inject = vec![Inject::before(Function::C_Login, rv("CKR_PIN_INCORRECT"))];
    faulty.order(control);
    let asked = calls(&faulty, || {
        destroy::destroy_pair(&token, made(&key)).unwrap();
        for _ in 0..3 {
            let made: Result<()> = generate::generate(&token, &new_key(P256, ALL_USES));
            assert_eq!(made.unwrap_err().kind(), ErrorKind::PinRefused);
        }
    });
    assert_eq!(count(&asked, Function::C_Login), 1);
}

#[test]
fn a_key_that_may_not_derive_says_nothing_about_its_curve() {
    let faulty = playing(|_| {});
    let token = faulty.open();
    let key = key_on(&token);
    let mut control = faulty.well_behaved();
    let refusal = rv("CKR_KEY_FUNCTION_NOT_PERMITTED");
    control.inject = vec![Inject::before(Function::C_DeriveKey, refusal).times(1)];
    faulty.order(control);

    let peer = Judge::new(P256);
    agree::agree(&token, made(&key), &peer.public()).unwrap_err();
    let secret = agree::agree(&token, made(&key), &peer.public()).unwrap();
    let public = export::export_public(&token, made(&key)).unwrap();
    assert!(secret.as_bytes() == peer.agree(public.as_bytes()));
    capability::can_agree(&token, P256).unwrap();
}
