//! Owns the check of the table of curves against OpenSSL's parameters.

use openssl::asn1::Asn1Object;
use openssl::bn::{BigNum, BigNumContext};
use parsec_pkcs11_ecc::ec::Curve;

use crate::judge::group;

#[test]
fn orders_and_lengths_are_openssls() {
    let mut context = BigNumContext::new().unwrap();
    for curve in Curve::ALL.iter().copied() {
        let group = group(curve);
        let mut order = BigNum::new().unwrap();
        group.order(&mut order, &mut context).unwrap();
        assert_eq!(curve.order(), order.to_vec(), "{curve}");
        assert_eq!(
            curve.order_bits(),
            usize::try_from(group.order_bits()).unwrap(),
            "{curve}"
        );
        let degree = usize::try_from(group.degree()).unwrap();
        assert_eq!(curve.field_len(), degree.div_ceil(8), "{curve}");
        assert_eq!(curve.bits(), degree, "{curve}");
    }
}

#[test]
fn identifiers_are_openssls() {
    for curve in Curve::ALL.iter().copied() {
        let name = group(curve).curve_name().unwrap().short_name().unwrap();
        let identifier = Asn1Object::from_str(name).unwrap();
        let content = identifier.as_slice();
        let der = [&[0x06, u8::try_from(content.len()).unwrap()], content].concat();
        assert_eq!(curve.ec_params(), der, "{curve}");
    }
}
