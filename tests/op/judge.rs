//! Owns OpenSSL as the judge on every curve that it has: keys of its own, and what it makes of ours.

use openssl::asn1::Asn1Object;
use openssl::bn::{BigNum, BigNumContext};
use openssl::derive::Deriver;
use openssl::ec::{EcGroup, EcKey, EcPoint, PointConversionForm};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::pkey::{Id, PKey, Private, Public};
use parsec_pkcs11_ecc::ec::Curve;

/// OpenSSL has no parameters for it under a name.
pub(crate) fn has(curve: Curve) -> bool {
    curve != Curve::Frp256v1
}

/// A key pair that OpenSSL made.
pub(crate) struct Judge {
    curve: Curve,
    key: PKey<Private>,
}

impl Judge {
    pub(crate) fn new(curve: Curve) -> Self {
        let key = match curve {
            Curve::Curve25519 => PKey::generate_x25519(),
            Curve::Curve448 => PKey::generate_x448(),
            weierstrass => EcKey::generate(&group(weierstrass)).and_then(PKey::from_ec_key),
        };
        Self {
            curve,
            key: key.unwrap(),
        }
    }

    /// The public key in Parsec's wire form.
    pub(crate) fn public(&self) -> Vec<u8> {
        if self.curve.is_montgomery() {
            return self.key.raw_public_key().unwrap();
        }
        let key = self.key.ec_key().unwrap();
        let mut context = BigNumContext::new().unwrap();
        key.public_key()
            .to_bytes(key.group(), PointConversionForm::UNCOMPRESSED, &mut context)
            .unwrap()
    }

    /// The private key in Parsec's wire form.
    pub(crate) fn scalar(&self) -> Vec<u8> {
        if self.curve.is_montgomery() {
            return self.key.raw_private_key().unwrap();
        }
        let length = i32::try_from(self.curve.private_len()).unwrap();
        let key = self.key.ec_key().unwrap();
        key.private_key().to_vec_padded(length).unwrap()
    }

    /// A signature of the digest: `r || s`.
    pub(crate) fn sign(&self, digest: &[u8]) -> Vec<u8> {
        let length = i32::try_from(self.curve.order_len()).unwrap();
        let signature = EcdsaSig::sign(digest, &self.key.ec_key().unwrap()).unwrap();
        let mut bytes = signature.r().to_vec_padded(length).unwrap();
        bytes.extend(signature.s().to_vec_padded(length).unwrap());
        bytes
    }

    /// The secret that it shares with a public key.
    pub(crate) fn agree(&self, public: &[u8]) -> Vec<u8> {
        let peer = public_key(self.curve, public).unwrap();
        let mut deriver = Deriver::new(&self.key).unwrap();
        deriver.set_peer(&peer).unwrap();
        deriver.derive_to_vec().unwrap()
    }
}

/// Whether OpenSSL takes the bytes for a public key of the curve.
pub(crate) fn accepts(curve: Curve, public: &[u8]) -> bool {
    public_key(curve, public).is_ok()
}

/// Whether `r || s` is a signature of the digest.
pub(crate) fn verifies(curve: Curve, public: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    assert_eq!(signature.len(), 2 * curve.order_len());
    let (r, s) = signature.split_at(curve.order_len());
    let signature = EcdsaSig::from_private_components(
        BigNum::from_slice(r).unwrap(),
        BigNum::from_slice(s).unwrap(),
    )
    .unwrap();
    let key = public_key(curve, public).unwrap().ec_key().unwrap();
    signature.verify(digest, &key).unwrap_or(false)
}

/// The public key of a scalar in Parsec's wire form.
pub(crate) fn public_of(curve: Curve, scalar: &[u8]) -> Vec<u8> {
    let key = match curve {
        Curve::Curve25519 => PKey::private_key_from_raw_bytes(scalar, Id::X25519),
        Curve::Curve448 => PKey::private_key_from_raw_bytes(scalar, Id::X448),
        weierstrass => {
            let group = group(weierstrass);
            let scalar = BigNum::from_slice(scalar).unwrap();
            let mut context = BigNumContext::new().unwrap();
            let mut point = EcPoint::new(&group).unwrap();
            point.mul_generator2(&group, &scalar, &mut context).unwrap();
            EcKey::from_private_components(&group, &scalar, &point).and_then(PKey::from_ec_key)
        }
    };
    let key = key.unwrap();
    Judge { curve, key }.public()
}

fn public_key(curve: Curve, public: &[u8]) -> Result<PKey<Public>, ErrorStack> {
    match curve {
        Curve::Curve25519 => PKey::public_key_from_raw_bytes(public, Id::X25519),
        Curve::Curve448 => PKey::public_key_from_raw_bytes(public, Id::X448),
        weierstrass => {
            let group = group(weierstrass);
            let mut context = BigNumContext::new()?;
            let point = EcPoint::from_bytes(&group, public, &mut context)?;
            let key = EcKey::from_public_key(&group, &point)?;
            key.check_key()?;
            PKey::from_ec_key(key)
        }
    }
}

fn group(curve: Curve) -> EcGroup {
    let name = match curve {
        Curve::Secp192r1 => "prime192v1",
        Curve::Secp256r1 => "prime256v1",
        other => other.name(),
    };
    let nid = Asn1Object::from_str(name).unwrap().nid();
    EcGroup::from_curve_name(nid).unwrap()
}
