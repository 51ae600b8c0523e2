//! Tests of `op::capability`: trials leave nothing behind. What it says is compared with what happens in
//! `product`.

use parsec_pkcs11_ecc::op::{capability, survey};
use parsec_pkcs11_ecc::token::KeyClass;

use crate::{CURVES, access};

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
