//! Owns the target of `Signature::from_token`: both halves are kept and padded alike.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::ec::{Curve, Signature};

fuzz_target!(|bytes: &[u8]| {
    for curve in Curve::ALL.iter().copied() {
        let Ok(signature) = Signature::from_token(curve, bytes) else {
            continue;
        };
        let (r, s) = signature.as_bytes().split_at(curve.order_len());
        let (token_r, token_s) = bytes.split_at(bytes.len() / 2);
        assert_eq!((r.len(), token_r.len()), (s.len(), token_s.len()));
        assert!(r.ends_with(token_r) && s.ends_with(token_s));
        let wire = Signature::from_bytes(curve, signature.as_bytes());
        assert_eq!(wire.ok(), Some(signature));
    }
});
