//! Owns the target of `PrivateKey::from_bytes`: the wire form has one spelling and a public key.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::ec::{Curve, PrivateKey, PublicKey};

fuzz_target!(|bytes: &[u8]| {
    for curve in Curve::ALL.iter().copied() {
        let Ok(key) = PrivateKey::from_bytes(curve, bytes) else {
            continue;
        };
        assert_eq!((key.curve(), key.as_bytes()), (curve, bytes));
        assert!(PrivateKey::from_value(curve, bytes).is_ok_and(|same| same.as_bytes() == bytes));
        let public = key.public_key();
        assert_eq!(
            PublicKey::from_sec1(curve, public.as_bytes()).ok(),
            Some(public)
        );
    }
});
