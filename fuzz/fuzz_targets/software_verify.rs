//! Owns the target of `software::verify`: what a token is given verifies as the whole digest does.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::ec::{Curve, PrivateKey, Signature, software, truncate_digest};

// The input: a byte that chooses the curve, a scalar, a digest.
fuzz_target!(|bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else {
        return;
    };
    let curve = Curve::ALL[usize::from(*choice) % Curve::ALL.len()];
    let (scalar, digest) = rest.split_at(rest.len().min(curve.private_len()));
    let Ok(key) = PrivateKey::from_value(curve, scalar) else {
        return;
    };
    if curve.is_montgomery() {
        return;
    }
    let key = key.public_key().expect("every curve is computed here");
    let x = &key.as_bytes()[1..=curve.field_len()];
    // Whoever has the key Q, r = s = x(Q) is a signature over z = 0, and over little else.
    let Ok(signature) = Signature::from_token(curve, &x.repeat(2)) else {
        return;
    };
    let verdict = |digest: &[u8]| software::verify(&key, digest, &signature).is_ok();
    assert!(verdict(&vec![0; digest.len().max(1)]));
    assert_eq!(verdict(digest), verdict(truncate_digest(curve, digest)));
});
