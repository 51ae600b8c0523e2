//! Tests of `op::KeyUsage`: what a key may not be used for, it is not used for.

use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::op::{KeyUsage, agree, generate, sign};

use crate::fixture::{ALL_USES, made, new_key};
use crate::{ABILITIES, CURVES, access, openssl};

#[test]
fn a_key_that_may_not_sign_does_not() {
    let token = access().open();
    let curve = *CURVES.last().unwrap();
    let key = new_key(
        curve,
        KeyUsage {
            sign: false,
            ..ALL_USES
        },
    );
    generate::generate(&token, &key).unwrap();
    let error = sign::sign(&token, made(&key), &[7; 32]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotPermitted);
}

#[test]
fn a_key_that_may_not_derive_does_not() {
    let token = access().open();
    let curve = *CURVES.last().unwrap();
    let key = new_key(
        curve,
        KeyUsage {
            derive: false,
            ..ALL_USES
        },
    );
    generate::generate(&token, &key).unwrap();
    let peer = openssl::point(&openssl::new_pair(curve));
    let refusal = agree::agree(&token, made(&key), &peer).err();
    let expected = match ABILITIES.agree.contains(&curve) {
        false => Some(ErrorKind::NotSupported),
        true => ABILITIES.enforces_derive.then_some(ErrorKind::NotPermitted),
    };
    assert_eq!(refusal.map(|error| error.kind()), expected);
}

#[test]
fn a_key_that_may_do_nothing_but_sign_is_made_and_signs() {
    let token = access().open();
    for &curve in CURVES {
        let usage = KeyUsage {
            sign: true,
            ..KeyUsage::default()
        };
        let key = new_key(curve, usage);
        generate::generate(&token, &key).unwrap();
        sign::sign(&token, made(&key), &[7; 32]).unwrap();
    }
}
