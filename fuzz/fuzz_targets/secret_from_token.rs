//! Owns the target of `SharedSecret::from_token`: the value is kept, the length is the curve's.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::ec::{Curve, SharedSecret};

fn significant(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

fuzz_target!(|bytes: &[u8]| {
    for curve in Curve::ALL.iter().copied() {
        let secret = SharedSecret::from_token(curve, bytes);
        let fits = match curve.is_montgomery() {
            true => bytes.len() == curve.field_len() && !significant(bytes).is_empty(),
            false => !bytes.is_empty() && significant(bytes).len() <= curve.field_len(),
        };
        assert_eq!(secret.is_ok(), fits);
        if let Ok(secret) = secret {
            assert_eq!(secret.as_bytes().len(), curve.field_len());
            assert_eq!(significant(secret.as_bytes()), significant(bytes));
        }
    }
});
