//! Owns the judge: keys and signatures that OpenSSL makes on the curves of the table.

use openssl::asn1::Asn1Object;
use openssl::bn::BigNumContext;
use openssl::ec::{EcGroup, EcKey, PointConversionForm};
use openssl::ecdsa::EcdsaSig;
use openssl::pkey::Private;
use parsec_pkcs11_ecc::ec::{Curve, PublicKey, Signature, software};

/// The Weierstrass curves that both OpenSSL and this build have.
pub(crate) fn curves() -> impl Iterator<Item = Curve> {
    let judged = |curve: &Curve| !curve.is_montgomery() && *curve != Curve::Frp256v1;
    let computed = |curve: &Curve| software::require(*curve).is_ok();
    let curves = Curve::ALL.iter().copied();
    curves.filter(judged).filter(computed)
}

/// OpenSSL's parameters of `curve`.
pub(crate) fn group(curve: Curve) -> EcGroup {
    let name = match curve {
        Curve::Secp192r1 => "prime192v1",
        Curve::Secp256r1 => "prime256v1",
        other => other.name(),
    };
    let object = Asn1Object::from_str(name).unwrap();
    EcGroup::from_curve_name(object.nid()).unwrap()
}

/// A key pair that OpenSSL made.
pub(crate) struct Key {
    pub(crate) curve: Curve,
    pub(crate) pair: EcKey<Private>,
}

impl Key {
    pub(crate) fn generate(curve: Curve) -> Self {
        let pair = EcKey::generate(&group(curve)).unwrap();
        Self { curve, pair }
    }

    /// The public key as `ec` sees it, from OpenSSL's encoding.
    pub(crate) fn public(&self) -> PublicKey {
        let mut context = BigNumContext::new().unwrap();
        let group = group(self.curve);
        let point = self.pair.public_key();
        let sec1 = point
            .to_bytes(&group, PointConversionForm::UNCOMPRESSED, &mut context)
            .unwrap();
        PublicKey::from_bytes(self.curve, &sec1).unwrap()
    }

    /// A signature that OpenSSL makes over `digest`.
    pub(crate) fn sign(&self, digest: &[u8]) -> Signature {
        let signature = EcdsaSig::sign(digest, &self.pair).unwrap();
        let half = i32::try_from(self.curve.order_len()).unwrap();
        let r = signature.r().to_vec_padded(half).unwrap();
        let s = signature.s().to_vec_padded(half).unwrap();
        Signature::from_bytes(self.curve, &[r, s].concat()).unwrap()
    }
}
