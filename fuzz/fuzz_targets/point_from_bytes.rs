//! Owns the target of `PublicKey::from_bytes`: the wire form has one spelling.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::ec::{Curve, PrivateKey, PublicKey};

/// Whether `bytes` are accepted; then they must come back, from every form.
fn round_trips(curve: Curve, bytes: &[u8]) -> bool {
    let Ok(key) = PublicKey::from_bytes(curve, bytes) else {
        return false;
    };
    assert_eq!((key.curve(), key.as_bytes()), (curve, bytes));
    for form in key.ec_point_forms() {
        let same = PublicKey::from_ec_point(curve, &form);
        assert_eq!(same.as_ref().ok(), Some(&key));
    }
    true
}

// The input: a byte that chooses the curve, and what is taken as a point, and as a scalar that has one,
// for chance finds no point on a curve.
fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else {
        return;
    };
    let curve = Curve::ALL[usize::from(*choice) % Curve::ALL.len()];
    round_trips(curve, bytes);
    let scalar = bytes.get(..curve.private_len()).unwrap_or(bytes);
    if let Ok(key) = PrivateKey::from_value(curve, scalar) {
        let key = key.public_key().expect("every curve is computed here");
        assert!(round_trips(curve, key.as_bytes()));
    }
});
