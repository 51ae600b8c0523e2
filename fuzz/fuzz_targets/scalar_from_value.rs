//! Owns the target of `PrivateKey::from_value`: leading zeros change nothing, the value is kept.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::ec::{Curve, PrivateKey};

fuzz_target!(|bytes: &[u8]| {
    for curve in Curve::ALL.iter().copied() {
        let key = PrivateKey::from_value(curve, bytes);
        if curve.is_montgomery() {
            assert_eq!(key.is_ok(), bytes.len() == curve.private_len());
            assert!(key.map_or(true, |key| key.as_bytes() == bytes));
            continue;
        }
        let padded = PrivateKey::from_value(curve, &[&[0], bytes].concat());
        assert_eq!(key.is_ok(), padded.is_ok());
        let (Ok(key), Ok(padded)) = (key, padded) else {
            continue;
        };
        assert_eq!(key.as_bytes(), padded.as_bytes());
        assert_eq!(key.as_bytes().len(), curve.private_len());
        assert!(key.as_bytes().ends_with(bytes) || bytes.ends_with(key.as_bytes()));
        assert!(PrivateKey::from_bytes(curve, key.as_bytes()).is_ok());
    }
});
