//! Owns the target of `PublicKey::from_sec1`: the wire form has one spelling.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::ec::{Curve, PrivateKey, PublicKey};

/// Whether `bytes` are accepted; then they must come back.
fn round_trips(curve: Curve, bytes: &[u8]) -> bool {
    let Ok(key) = PublicKey::from_sec1(curve, bytes) else {
        return false;
    };
    assert_eq!((key.curve(), key.as_bytes()), (curve, bytes));
    assert_eq!(
        PublicKey::from_ec_point(curve, bytes).as_ref().ok(),
        Some(&key)
    );
    assert_eq!(
        PublicKey::from_ec_point(curve, &key.to_ec_point()).ok(),
        Some(key)
    );
    true
}

// Chance finds no point on a curve: the input is taken as a point, and as a scalar that has one.
fuzz_target!(|bytes: &[u8]| {
    for curve in Curve::ALL.iter().copied() {
        round_trips(curve, bytes);
        let scalar = bytes.get(..16).unwrap_or(bytes);
        if let Ok(key) = PrivateKey::from_value(curve, scalar) {
            assert!(round_trips(curve, key.public_key().as_bytes()));
        }
    }
});
