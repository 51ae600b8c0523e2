//! Owns the SubjectPublicKeyInfo of a peer (RFC 5480, section 2), of which Parsec sends the point only.

use openssl::asn1::Asn1Object;
use openssl::bn::BigNumContext;
use openssl::ec::{EcGroup, EcPoint};
use parsec_pkcs11_ecc::ec::Curve;
use spki::der::{Decode, Encode};
use spki::{ObjectIdentifier, SubjectPublicKeyInfoRef};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// The point in a SubjectPublicKeyInfo.
pub(super) struct Point {
    pub(super) bytes: Vec<u8>,
    /// Whether the parameters are the name of the curve that was asked for.
    pub(super) names_the_curve: bool,
}

/// `None` for what is not exactly DER, or no key on an elliptic curve.
pub(super) fn point(curve: Curve, der: &[u8]) -> Option<Point> {
    let info = SubjectPublicKeyInfoRef::from_der(der).ok()?;
    let parameters = info.algorithm.parameters?.to_der().unwrap();
    let bytes = info.subject_public_key.as_bytes()?.to_vec();
    (info.algorithm.oid == EC_PUBLIC_KEY).then(|| Point {
        bytes,
        names_the_curve: parameters == curve.ec_params(),
    })
}

/// Whether OpenSSL finds an uncompressed point on the curve.
pub(super) fn openssl_accepts(curve: Curve, point: &[u8]) -> bool {
    let name = ObjectIdentifier::from_der(&curve.ec_params()).unwrap();
    let name = Asn1Object::from_str(&name.to_string()).unwrap().nid();
    let group = EcGroup::from_curve_name(name).unwrap();
    let mut context = BigNumContext::new().unwrap();
    point.len() == curve.public_len() && EcPoint::from_bytes(&group, point, &mut context).is_ok()
}
