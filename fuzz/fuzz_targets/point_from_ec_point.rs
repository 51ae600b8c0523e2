//! Owns the target of `PublicKey::from_ec_point`: raw or exact DER, and nothing between.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::ec::{Curve, PrivateKey, PublicKey};

/// If `bytes` are accepted, they are one of the two forms.
fn is_one_form(curve: Curve, bytes: &[u8]) {
    if let Ok(key) = PublicKey::from_ec_point(curve, bytes) {
        assert!(bytes == key.as_bytes() || bytes == key.to_ec_point());
        assert_eq!(PublicKey::from_sec1(curve, key.as_bytes()).ok(), Some(key));
    }
}

// Chance finds no point on a curve: the input is also the header, and the trailer, of a valid one.
fuzz_target!(|bytes: &[u8]| {
    for curve in Curve::ALL.iter().copied() {
        is_one_form(curve, bytes);
        let scalar = bytes.get(..16).unwrap_or(bytes);
        if let Ok(key) = PrivateKey::from_value(curve, scalar) {
            let key = key.public_key();
            is_one_form(curve, &[bytes, key.as_bytes()].concat());
            is_one_form(curve, &[&key.to_ec_point(), bytes].concat());
        }
    }
});
