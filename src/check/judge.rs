//! Owns OpenSSL as the judge: keys of its own, and what it makes of those of a token.

use openssl::asn1::Asn1Object;
use openssl::bn::{BigNum, BigNumContext};
use openssl::derive::Deriver;
use openssl::ec::{EcGroup, EcKey, EcPoint, PointConversionForm};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::pkey::{Id, PKey, Private, Public};
use zeroize::Zeroizing;

use crate::ec::Curve;
use crate::error::{Error, ErrorKind, Result};

/// Whether OpenSSL has the parameters of the curve under a name.
pub fn has(curve: Curve) -> bool {
    group(curve).is_ok() || curve.is_montgomery()
}

/// A key pair that OpenSSL made.
#[derive(Debug)]
pub struct JudgeKey {
    curve: Curve,
    key: PKey<Private>,
}

impl JudgeKey {
    /// A new key pair.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotSupported`] if OpenSSL lacks the curve.
    pub fn generate(curve: Curve) -> Result<Self> {
        let key = match curve {
            Curve::Curve25519 => PKey::generate_x25519(),
            Curve::Curve448 => PKey::generate_x448(),
            weierstrass => {
                group(weierstrass).and_then(|group| PKey::from_ec_key(EcKey::generate(&group)?))
            }
        };
        let key = key.map_err(|source| lacks(curve, source))?;
        Ok(Self { curve, key })
    }

    /// The key pair of a private key in Parsec's wire form.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotSupported`] if OpenSSL lacks the curve, or refuses the key.
    pub fn from_scalar(curve: Curve, scalar: &[u8]) -> Result<Self> {
        let key = match curve {
            Curve::Curve25519 => PKey::private_key_from_raw_bytes(scalar, Id::X25519),
            Curve::Curve448 => PKey::private_key_from_raw_bytes(scalar, Id::X448),
            weierstrass => from_scalar(weierstrass, scalar),
        };
        let key = key.map_err(|source| lacks(curve, source))?;
        Ok(Self { curve, key })
    }

    /// The public key in Parsec's wire form.
    ///
    /// # Errors
    ///
    /// What OpenSSL returned.
    pub fn public(&self) -> Result<Vec<u8>> {
        self.encoded_public(PointConversionForm::UNCOMPRESSED)
    }

    /// The public key as a compressed point (SEC 1, section 2.3.3); of Montgomery curves, as ever.
    ///
    /// # Errors
    ///
    /// What OpenSSL returned.
    pub fn compressed_public(&self) -> Result<Vec<u8>> {
        self.encoded_public(PointConversionForm::COMPRESSED)
    }

    fn encoded_public(&self, form: PointConversionForm) -> Result<Vec<u8>> {
        if self.curve.is_montgomery() {
            return self.key.raw_public_key().map_err(failed);
        }
        let encode = || {
            let key = self.key.ec_key()?;
            let mut context = BigNumContext::new()?;
            key.public_key().to_bytes(key.group(), form, &mut context)
        };
        encode().map_err(failed)
    }

    /// The private key in Parsec's wire form.
    ///
    /// # Errors
    ///
    /// What OpenSSL returned.
    pub fn scalar(&self) -> Result<Zeroizing<Vec<u8>>> {
        if self.curve.is_montgomery() {
            return self
                .key
                .raw_private_key()
                .map(Zeroizing::new)
                .map_err(failed);
        }
        let scalar = self.key.ec_key().and_then(|key| {
            key.private_key()
                .to_vec_padded(len(self.curve.private_len()))
        });
        scalar.map(Zeroizing::new).map_err(failed)
    }

    /// A signature of a digest: `r || s`, each as long as the group order.
    ///
    /// # Errors
    ///
    /// What OpenSSL returned, for Montgomery curves too.
    pub fn sign(&self, digest: &[u8]) -> Result<Vec<u8>> {
        let sign = || {
            let signature = EcdsaSig::sign(digest, &*self.key.ec_key()?)?;
            let length = len(self.curve.order_len());
            let mut bytes = signature.r().to_vec_padded(length)?;
            bytes.extend(signature.s().to_vec_padded(length)?);
            Ok(bytes)
        };
        sign().map_err(failed)
    }

    /// The secret that it shares with a public key in Parsec's wire form.
    ///
    /// # Errors
    ///
    /// What OpenSSL returned: it refuses points that are not on the curve.
    pub fn agree(&self, public: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let agree = || {
            let peer = public_key(self.curve, public)?;
            let mut deriver = Deriver::new(&self.key)?;
            deriver.set_peer(&peer)?;
            deriver.derive_to_vec()
        };
        agree().map(Zeroizing::new).map_err(failed)
    }
}

/// Whether OpenSSL takes the bytes for a public key of the curve, in Parsec's wire form.
pub fn accepts(curve: Curve, public: &[u8]) -> bool {
    public_key(curve, public).is_ok()
}

/// Whether `r || s` is a signature of the digest.
///
/// # Errors
///
/// What OpenSSL returned for the public key; a signature that it cannot read is none.
pub fn verifies(curve: Curve, public: &[u8], digest: &[u8], signature: &[u8]) -> Result<bool> {
    let key = public_key(curve, public)
        .and_then(|key| key.ec_key())
        .map_err(failed)?;
    if signature.len() != 2 * curve.order_len() {
        return Ok(false);
    }
    let (r, s) = signature.split_at(curve.order_len());
    let signature = BigNum::from_slice(r)
        .and_then(|r| EcdsaSig::from_private_components(r, BigNum::from_slice(s)?))
        .map_err(failed)?;
    Ok(signature.verify(digest, &key).unwrap_or(false))
}

fn from_scalar(curve: Curve, scalar: &[u8]) -> std::result::Result<PKey<Private>, ErrorStack> {
    let group = group(curve)?;
    let scalar = BigNum::from_slice(scalar)?;
    let mut context = BigNumContext::new()?;
    let mut point = EcPoint::new(&group)?;
    point.mul_generator2(&group, &scalar, &mut context)?;
    PKey::from_ec_key(EcKey::from_private_components(&group, &scalar, &point)?)
}

fn public_key(curve: Curve, public: &[u8]) -> std::result::Result<PKey<Public>, ErrorStack> {
    match curve {
        Curve::Curve25519 => PKey::public_key_from_raw_bytes(public, Id::X25519),
        Curve::Curve448 => PKey::public_key_from_raw_bytes(public, Id::X448),
        weierstrass => {
            let group = group(weierstrass)?;
            let mut context = BigNumContext::new()?;
            let point = EcPoint::from_bytes(&group, public, &mut context)?;
            let key = EcKey::from_public_key(&group, &point)?;
            key.check_key()?;
            PKey::from_ec_key(key)
        }
    }
}

pub(crate) fn group(curve: Curve) -> std::result::Result<EcGroup, ErrorStack> {
    let name = match curve {
        Curve::Secp192r1 => "prime192v1",
        Curve::Secp256r1 => "prime256v1",
        other => other.name(),
    };
    EcGroup::from_curve_name(Asn1Object::from_str(name)?.nid())
}

/// Lengths of keys are far below the limit.
fn len(len: usize) -> i32 {
    i32::try_from(len).unwrap_or(i32::MAX)
}

fn lacks(curve: Curve, source: ErrorStack) -> Error {
    Error::new(
        ErrorKind::NotSupported,
        format!("OpenSSL, which judges, has no {curve}"),
    )
    .with_source(source)
}

fn failed(source: ErrorStack) -> Error {
    Error::new(
        ErrorKind::CorruptionDetected,
        "OpenSSL, which judges, refuses this",
    )
    .with_source(source)
}
