//! Owns the target of `Signature::from_bytes`: the wire form has one spelling.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::ec::{Curve, Signature};

fuzz_target!(|bytes: &[u8]| {
    for curve in Curve::ALL.iter().copied() {
        let Ok(signature) = Signature::from_bytes(curve, bytes) else {
            continue;
        };
        assert_eq!((signature.curve(), signature.as_bytes()), (curve, bytes));
        let (r, s) = bytes.split_at(curve.order_len());
        assert!(r < curve.order() && s < curve.order());
        assert_eq!(Signature::from_token(curve, bytes).ok(), Some(signature));
    }
});
