//! Owns OpenSSL's verdict: keys, signatures and secrets of an independent implementation.

use ::openssl::bn::{BigNum, BigNumContext};
use ::openssl::derive::Deriver;
use ::openssl::ec::{EcGroup, EcKey, EcPoint, PointConversionForm};
use ::openssl::ecdsa::EcdsaSig;
use ::openssl::hash::{MessageDigest, hash};
use ::openssl::nid::Nid;
use ::openssl::pkey::{PKey, Private, Public};
use parsec_client::core::interface::operations::psa_algorithm::Hash;

/// The hashes that make sense for signatures, with OpenSSL's names.
#[allow(deprecated, reason = "SHA-1 is deprecated, and is on the wire")]
pub(crate) const HASHES: [(Hash, &str); 12] = [
    (Hash::Ripemd160, "ripemd160"),
    (Hash::Sha1, "sha1"),
    (Hash::Sha224, "sha224"),
    (Hash::Sha256, "sha256"),
    (Hash::Sha384, "sha384"),
    (Hash::Sha512, "sha512"),
    (Hash::Sha512_224, "sha512-224"),
    (Hash::Sha512_256, "sha512-256"),
    (Hash::Sha3_224, "sha3-224"),
    (Hash::Sha3_256, "sha3-256"),
    (Hash::Sha3_384, "sha3-384"),
    (Hash::Sha3_512, "sha3-512"),
];

/// The number of bytes of a coordinate, a scalar, and each half of a signature.
pub(crate) fn byte_length(bits: usize) -> usize {
    bits.div_ceil(8)
}

pub(crate) fn digest(algorithm: Hash, message: &[u8]) -> Vec<u8> {
    let (_, name) = HASHES.iter().find(|(hash, _)| *hash == algorithm).unwrap();
    let digest = MessageDigest::from_name(name).unwrap();
    hash(digest, message).unwrap().to_vec()
}

/// Whether r || s is a signature of the digest.
pub(crate) fn verifies(bits: usize, point: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    let key = public_key(bits, point);
    if signature.len() != 2 * byte_length(bits) {
        return false;
    }
    let (r, s) = signature.split_at(byte_length(bits));
    let number = |bytes| BigNum::from_slice(bytes).unwrap();
    let signature = EcdsaSig::from_private_components(number(r), number(s)).unwrap();
    signature.verify(digest, &key).unwrap()
}

/// The group order in as many bytes as a scalar has.
pub(crate) fn order(bits: usize) -> Vec<u8> {
    let mut order = BigNum::new().unwrap();
    let mut context = BigNumContext::new().unwrap();
    group(bits).order(&mut order, &mut context).unwrap();
    padded(bits, &order)
}

/// A key pair of OpenSSL's.
pub(crate) struct Pair {
    bits: usize,
    key: EcKey<Private>,
}

impl Pair {
    pub(crate) fn generate(bits: usize) -> Self {
        let key = EcKey::generate(&group(bits)).unwrap();
        Self { bits, key }
    }

    /// The private scalar, big-endian, padded.
    pub(crate) fn scalar(&self) -> Vec<u8> {
        padded(self.bits, self.key.private_key())
    }

    /// 04 || x || y.
    pub(crate) fn point(&self) -> Vec<u8> {
        self.encoded(PointConversionForm::UNCOMPRESSED)
    }

    /// The point in another form of SEC 1.
    pub(crate) fn encoded(&self, form: PointConversionForm) -> Vec<u8> {
        let mut context = BigNumContext::new().unwrap();
        let point = self.key.public_key();
        point
            .to_bytes(self.key.group(), form, &mut context)
            .unwrap()
    }

    /// r || s.
    pub(crate) fn sign(&self, digest: &[u8]) -> Vec<u8> {
        let signature = EcdsaSig::sign(digest, &self.key).unwrap();
        [
            padded(self.bits, signature.r()),
            padded(self.bits, signature.s()),
        ]
        .concat()
    }

    /// The x coordinate of the shared point.
    pub(crate) fn agree(&self, point: &[u8]) -> Vec<u8> {
        let own = PKey::from_ec_key(self.key.clone()).unwrap();
        let peer = PKey::from_ec_key(public_key(self.bits, point)).unwrap();
        let mut deriver = Deriver::new(&own).unwrap();
        deriver.set_peer(&peer).unwrap();
        deriver.derive_to_vec().unwrap()
    }
}

fn group(bits: usize) -> EcGroup {
    let nid = match bits {
        192 => Nid::X9_62_PRIME192V1,
        224 => Nid::SECP224R1,
        256 => Nid::X9_62_PRIME256V1,
        384 => Nid::SECP384R1,
        521 => Nid::SECP521R1,
        _ => panic!("no SecpR1 curve has {bits} bits"),
    };
    EcGroup::from_curve_name(nid).unwrap()
}

fn public_key(bits: usize, point: &[u8]) -> EcKey<Public> {
    let group = group(bits);
    let mut context = BigNumContext::new().unwrap();
    let point = EcPoint::from_bytes(&group, point, &mut context).unwrap();
    EcKey::from_public_key(&group, &point).unwrap()
}

fn padded(bits: usize, number: &::openssl::bn::BigNumRef) -> Vec<u8> {
    let length = i32::try_from(byte_length(bits)).unwrap();
    number.to_vec_padded(length).unwrap()
}
