//! Owns the target of the forms of a digest: all are the number that FIPS 186-5 takes of it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use openssl::bn::BigNum;
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::op::fuzzing::digest_forms;

/// FIPS 186-5, section 6.4.1: the leftmost bits, as many as the order has.
fn number(curve: Curve, digest: &[u8]) -> BigNum {
    let whole = BigNum::from_slice(digest).expect("a number");
    let surplus = (8 * digest.len()).saturating_sub(curve.order_bits());
    let mut shifted = BigNum::new().expect("a number");
    let surplus = i32::try_from(surplus).expect("inputs are short");
    shifted.rshift(&whole, surplus).expect("a number");
    shifted
}

fuzz_target!(|digest: &[u8]| {
    if digest.is_empty() {
        return;
    }
    for curve in Curve::ALL.iter().copied() {
        if curve.is_montgomery() {
            continue;
        }
        let forms = digest_forms(curve, digest);
        assert!(forms.len() <= 3);
        for (place, form) in forms.iter().enumerate() {
            assert_eq!(
                number(curve, form),
                number(curve, digest),
                "{curve} {place}"
            );
            assert!(forms[..place].iter().all(|other| other.len() != form.len()));
        }
    }
});
