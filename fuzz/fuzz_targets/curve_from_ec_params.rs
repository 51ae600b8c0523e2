//! Owns the target of `Curve::from_ec_params`: each curve has its own spellings.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::ec::Curve;

fuzz_target!(|bytes: &[u8]| {
    let named = Curve::from_ec_params(bytes).ok();
    let has_form = |curve: &&Curve| curve.ec_params_forms().iter().any(|form| form == bytes);
    let mut expected = Curve::ALL.iter().filter(has_form);
    assert_eq!(named.as_ref(), expected.next());
    assert_eq!(expected.next(), None);
});
