//! Owns OpenSSL as the judge: the same keys, signatures and secrets in its terms.

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey, EcPoint, PointConversionForm};
use openssl::ecdsa::EcdsaSig;
use openssl::nid::Nid;
use openssl::pkey::{Private, Public};
use parsec_pkcs11_ecc::ec::Curve;

pub(crate) fn group(curve: Curve) -> EcGroup {
    let nid = match curve {
        Curve::Secp192r1 => Nid::X9_62_PRIME192V1,
        Curve::Secp224r1 => Nid::SECP224R1,
        Curve::Secp256r1 => Nid::X9_62_PRIME256V1,
        Curve::Secp384r1 => Nid::SECP384R1,
        Curve::Secp521r1 => Nid::SECP521R1,
        other => panic!("{other} has no row in this table"),
    };
    EcGroup::from_curve_name(nid).unwrap()
}

pub(crate) fn new_pair(curve: Curve) -> EcKey<Private> {
    EcKey::generate(&group(curve)).unwrap()
}

/// `04 || x || y`.
pub(crate) fn point(key: &EcKey<Private>) -> Vec<u8> {
    let mut context = BigNumContext::new().unwrap();
    key.public_key()
        .to_bytes(key.group(), PointConversionForm::UNCOMPRESSED, &mut context)
        .unwrap()
}

pub(crate) fn public_key(curve: Curve, point: &[u8]) -> EcKey<Public> {
    let group = group(curve);
    let mut context = BigNumContext::new().unwrap();
    let point = EcPoint::from_bytes(&group, point, &mut context).unwrap();
    let key = EcKey::from_public_key(&group, &point).unwrap();
    key.check_key().unwrap();
    key
}

/// Whether `r || s` is a signature of `digest`.
pub(crate) fn verifies(curve: Curve, point: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    assert_eq!(signature.len(), 2 * curve.order_len());
    let (r, s) = signature.split_at(curve.order_len());
    let signature = EcdsaSig::from_private_components(
        BigNum::from_slice(r).unwrap(),
        BigNum::from_slice(s).unwrap(),
    )
    .unwrap();
    signature
        .verify(digest, &public_key(curve, point))
        .unwrap_or(false)
}
