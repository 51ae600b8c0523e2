//! Owns the judge: keys and signatures that OpenSSL makes on the curves of the table.

use openssl::bn::BigNumContext;
use openssl::ec::{EcGroup, EcKey, PointConversionForm};
use openssl::ecdsa::EcdsaSig;
use openssl::nid::Nid;
use openssl::pkey::Private;
use parsec_pkcs11_ecc::ec::{Curve, PublicKey, Signature};

/// OpenSSL's parameters of `curve`.
pub(crate) fn group(curve: Curve) -> EcGroup {
    let nid = match curve {
        Curve::Secp192r1 => Nid::X9_62_PRIME192V1,
        Curve::Secp224r1 => Nid::SECP224R1,
        Curve::Secp256r1 => Nid::X9_62_PRIME256V1,
        Curve::Secp384r1 => Nid::SECP384R1,
        Curve::Secp521r1 => Nid::SECP521R1,
        other => panic!("{other} has no row here"),
    };
    EcGroup::from_curve_name(nid).unwrap()
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
        PublicKey::from_sec1(self.curve, &sec1).unwrap()
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
