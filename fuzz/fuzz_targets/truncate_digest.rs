//! Owns the target of `truncate_digest`: a prefix, no longer than the order.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::ec::{Curve, truncate_digest};

fuzz_target!(|digest: &[u8]| {
    for curve in Curve::ALL.iter().copied() {
        let truncated = truncate_digest(curve, digest);
        assert!(digest.starts_with(truncated));
        assert_eq!(truncated.len(), digest.len().min(curve.order_len()));
        assert_eq!(truncate_digest(curve, truncated), truncated);
    }
});
