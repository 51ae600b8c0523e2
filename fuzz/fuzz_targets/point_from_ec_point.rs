//! Owns the target of `PublicKey::from_ec_point`: raw or exact DER, and nothing between.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::ec::{Curve, PrivateKey, PublicKey};

/// If `bytes` are accepted, they are one of the forms.
fn is_one_form(curve: Curve, bytes: &[u8]) {
    if let Ok(key) = PublicKey::from_ec_point(curve, bytes) {
        assert!(key.ec_point_forms().iter().any(|form| form == bytes));
        assert_eq!(PublicKey::from_bytes(curve, key.as_bytes()).ok(), Some(key));
    }
}

// The input: a byte that chooses the curve, and what is taken as a point; chance finds none on a curve,
// so it is also the header, and the trailer, of a valid one.
fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else {
        return;
    };
    let curve = Curve::ALL[usize::from(*choice) % Curve::ALL.len()];
    is_one_form(curve, bytes);
    let scalar = bytes.get(..curve.private_len()).unwrap_or(bytes);
    if let Ok(key) = PrivateKey::from_value(curve, scalar) {
        let key = key.public_key().expect("every curve is computed here");
        is_one_form(curve, &[bytes, key.as_bytes()].concat());
        is_one_form(curve, &[&key.to_ec_point(), bytes].concat());
    }
});
