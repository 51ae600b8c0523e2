//! Tests of `op::capability`: what it says must be what then happens, and what is expected of the token.

use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::op::{agree, capability, generate, survey};
use parsec_pkcs11_ecc::token::KeyClass;

use crate::abilities::check;
use crate::fixture::{ALL_USES, made, new_key};
use crate::{ABILITIES, CURVES, access, openssl};

#[test]
fn keys_are_made_on_the_expected_curves() {
    let token = access().open();
    check("to sign", !CURVES.is_empty(), capability::can_sign(&token));
    for &curve in Curve::ALL {
        let expected = CURVES.contains(&curve);
        let what = format!("to generate on {curve}");
        check(&what, expected, capability::can_generate(&token, curve));
        let done = generate::generate(&token, &new_key(curve, ALL_USES));
        check(&what, expected, done);
    }
}

#[test]
fn keys_are_agreed_on_the_expected_curves() {
    let token = access().open();
    for &curve in CURVES {
        let expected = ABILITIES.agree.contains(&curve);
        let what = format!("to agree on {curve}");
        check(&what, expected, capability::can_agree(&token, curve));
        let key = new_key(curve, ALL_USES);
        generate::generate(&token, &key).unwrap();
        let peer = openssl::point(&openssl::new_pair(curve));
        let done = agree::agree(&token, made(&key), &peer).map(|_| ());
        check(&what, expected, done);
    }
}

#[test]
fn leaves_no_objects_behind() {
    let token = access().open();
    for &curve in Curve::ALL {
        // What they say is the matter of the other tests.
        let _ = capability::can_generate(&token, curve);
        let _ = capability::can_agree(&token, curve);
        let _ = capability::can_import_pair(&token, curve);
    }
    for class in [KeyClass::Private, KeyClass::Public] {
        let keys = survey::keys(&token, class, &|| true).unwrap();
        assert!(!keys.iter().any(|key| key.label.ends_with(b" probe")));
    }
}
