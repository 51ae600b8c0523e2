//! Owns the target of `PrivateKey::from_bytes`: the value is kept and has a public key.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::ec::{Curve, PrivateKey, PublicKey};

fuzz_target!(|bytes: &[u8]| {
    for curve in Curve::ALL.iter().copied() {
        let Ok(key) = PrivateKey::from_bytes(curve, bytes) else {
            continue;
        };
        assert_eq!(key.curve(), curve);
        assert_eq!(key.as_bytes().len(), curve.private_len());
        assert!(key.as_bytes().ends_with(bytes) && curve.is_private_len(bytes.len()));
        let same = PrivateKey::from_value(curve, bytes);
        assert!(same.is_ok_and(|same| same.as_bytes() == key.as_bytes()));
        let public = key.public_key().expect("every curve is computed here");
        assert_eq!(
            PublicKey::from_bytes(curve, public.as_bytes()).ok(),
            Some(public)
        );
    }
});
