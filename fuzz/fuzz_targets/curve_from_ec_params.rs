//! Owns the target of `Curve::from_ec_params`: each curve has one spelling.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::ec::Curve;

fuzz_target!(|bytes: &[u8]| {
    let named = Curve::from_ec_params(bytes).ok();
    let expected = Curve::ALL.iter().find(|curve| curve.ec_params() == bytes);
    assert_eq!(named.as_ref(), expected);
});
