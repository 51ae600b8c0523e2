//! Tests of `op::capability`: trials leave nothing behind. What it says is compared with what happens in
//! `product`.

use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::op::capability::{self, Signable};
use parsec_pkcs11_ecc::op::survey;
use parsec_pkcs11_ecc::token::KeyClass;

use crate::access;

#[test]
fn leaves_no_objects_behind() {
    let token = access().open();
    for &curve in Curve::ALL {
        // What they say is the matter of `product`.
        let _ = capability::can_generate(&token, curve);
        let _ = capability::can_sign(&token, curve, Signable::Digest);
        let _ = capability::can_verify(&token, curve);
        let _ = capability::can_agree(&token, curve);
        let _ = capability::can_import_pair(&token, curve);
        let _ = capability::can_export(&token, curve);
    }
    for class in [KeyClass::Private, KeyClass::Public] {
        let keys = survey::keys(&token, class, &|| true).unwrap();
        assert!(!keys.iter().any(|key| key.label.ends_with(b" probe")));
    }
}
