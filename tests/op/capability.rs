//! Tests of `op::capability`: what it says must be what then happens.

use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::ec::{Curve, Family, PrivateKey};
use parsec_pkcs11_ecc::op::{agree, capability, generate, import, survey};
use parsec_pkcs11_ecc::token::KeyClass;

use crate::fixture::{ALL_USES, made, new_key};
use crate::{CURVES, access, openssl, openssl_private};

#[test]
fn says_what_then_happens_on_every_curve() {
    let token = access().open();
    capability::can_sign(&token).unwrap();
    let secp_r1 = |curve: &&Curve| curve.family() == Family::SecpR1;
    for &curve in Curve::ALL.iter().filter(secp_r1) {
        let key = new_key(curve, ALL_USES);
        let said = capability::can_generate(&token, curve);
        let done = generate::generate(&token, &key);
        assert_eq!(said.is_ok(), done.is_ok(), "{curve}: {said:?}, {done:?}");
        assert_eq!(said.is_ok(), CURVES.contains(&curve), "{curve}");
        if let (Err(said), Err(done)) = (said, done) {
            assert_eq!(said.kind(), ErrorKind::NotSupported, "{curve}");
            assert_eq!(done.kind(), ErrorKind::NotSupported, "{curve}");
            continue;
        }
        let peer = openssl::point(&openssl::new_pair(curve));
        capability::can_agree(&token, curve).unwrap();
        agree::agree(&token, made(&key), &peer).unwrap();

        let scalar = openssl_private::scalar(curve, &openssl::new_pair(curve));
        let scalar = PrivateKey::from_bytes(curve, &scalar).unwrap();
        capability::can_import_pair(&token, curve).unwrap();
        import::import_pair(&token, &new_key(curve, ALL_USES), &scalar).unwrap();
    }
}

#[test]
fn leaves_no_objects_behind() {
    let token = access().open();
    for &curve in CURVES {
        capability::can_generate(&token, curve).unwrap();
        capability::can_agree(&token, curve).unwrap();
        capability::can_import_pair(&token, curve).unwrap();
    }
    for class in [KeyClass::Private, KeyClass::Public] {
        let keys = survey::keys(&token, class, &|| true).unwrap();
        assert!(!keys.iter().any(|key| key.label.ends_with(b" probe")));
    }
}
