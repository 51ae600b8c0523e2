//! Owns the check of the table of curves against OpenSSL's parameters.

use openssl::asn1::Asn1Object;
use openssl::bn::{BigNum, BigNumContext};
use parsec_pkcs11_ecc::ec::Curve;

use crate::judge::{curves, group};

#[test]
fn orders_and_lengths_are_openssls() {
    let mut context = BigNumContext::new().unwrap();
    for curve in curves() {
        let group = group(curve);
        let mut order = BigNum::new().unwrap();
        group.order(&mut order, &mut context).unwrap();
        assert_eq!(curve.order(), order.to_vec(), "{curve}");
        assert_eq!(
            curve.order_bits(),
            usize::try_from(group.order_bits()).unwrap(),
            "{curve}"
        );
        let mut cofactor = BigNum::new().unwrap();
        group.cofactor(&mut cofactor, &mut context).unwrap();
        let is_binary = curve.name().starts_with("sect");
        assert_eq!(
            cofactor > BigNum::from_u32(1).unwrap(),
            is_binary,
            "{curve}"
        );
        let degree = usize::try_from(group.degree()).unwrap();
        assert_eq!(curve.field_len(), degree.div_ceil(8), "{curve}");
        // PSA counts the bits of secp224k1's order.
        let surplus = usize::from(curve == Curve::Secp224k1);
        assert_eq!(curve.bits(), degree + surplus, "{curve}");
        assert_eq!(Curve::from_family_bits(curve.family(), degree), Some(curve));
    }
}

#[test]
#[cfg(feature = "openssl")]
fn only_three_curves_are_not_judged() {
    assert_eq!(curves().count(), Curve::ALL.len() - 3);
}

#[test]
fn identifiers_are_openssls() {
    for curve in curves() {
        let name = group(curve).curve_name().unwrap().short_name().unwrap();
        let identifier = Asn1Object::from_str(name).unwrap();
        let content = identifier.as_slice();
        let der = [&[0x06, u8::try_from(content.len()).unwrap()], content].concat();
        assert_eq!(curve.ec_params(), der, "{curve}");
    }
}
