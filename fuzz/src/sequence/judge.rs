//! Owns what OpenSSL says: hashes, keys from fixed seeds, and which bytes are keys.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use openssl::hash::{MessageDigest, hash};
use parsec_interface::operations::psa_algorithm::Hash;
use parsec_pkcs11_ecc::check::judge::{self, JudgeKey};
use parsec_pkcs11_ecc::ec::Curve;

/// How many keys of each curve there are.
pub(super) const KEYS: u8 = 3;

/// A key pair that is the same in every run.
#[derive(Clone)]
pub(super) struct FixedKey {
    pub(super) scalar: Vec<u8>,
    pub(super) public: Vec<u8>,
}

/// By curve and number; `None` where OpenSSL lacks the curve.
type FixedKeys = HashMap<(Curve, u8), Option<FixedKey>>;

static FIXED: LazyLock<Mutex<FixedKeys>> = LazyLock::new(Mutex::default);

/// `None` where OpenSSL lacks the curve.
pub(super) fn fixed(curve: Curve, which: u8) -> Option<FixedKey> {
    let which = which % KEYS;
    let mut fixed = FIXED.lock().expect("one thread");
    fixed
        .entry((curve, which))
        .or_insert_with(|| make(curve, which))
        .clone()
}

fn make(curve: Curve, which: u8) -> Option<FixedKey> {
    if !judge::has(curve) {
        return None;
    }
    let seed = |number: u8| {
        let text = format!("{curve} {which} {number}");
        hash(MessageDigest::sha512(), text.as_bytes()).expect("SHA-512")
    };
    let mut stream = seed(0).to_vec();
    stream.extend(seed(1).iter());
    let mut scalar = if curve.is_montgomery() {
        stream[..curve.field_len()].to_vec()
    } else {
        let mut scalar = vec![0; curve.private_len() - curve.order_len()];
        scalar.extend(&stream[..curve.order_len()]);
        let first = curve.private_len() - curve.order_len();
        scalar[first] = curve.order()[0] / 2;
        scalar
    };
    if which == 2 && !curve.is_montgomery() {
        // A small one: nearly all of it is leading zeros.
        let last = scalar.len() - 1;
        scalar[..last].fill(0);
        scalar[last] = 2;
    }
    let public = JudgeKey::from_scalar(curve, &scalar).ok()?.public().ok()?;
    Some(FixedKey { scalar, public })
}

/// Whether these bytes, of a right length, are a private key.
pub(super) fn is_scalar(curve: Curve, bytes: &[u8]) -> bool {
    if curve.is_montgomery() {
        return true;
    }
    let strip = |bytes: &[u8]| -> Vec<u8> {
        bytes
            .iter()
            .copied()
            .skip_while(|byte| *byte == 0)
            .collect()
    };
    let (scalar, order) = (strip(bytes), strip(curve.order()));
    !scalar.is_empty() && (scalar.len(), &scalar) < (order.len(), &order)
}

/// Whether these bytes are a public key; `None` where OpenSSL cannot say.
///
/// On a Montgomery curve all are that have the length (RFC 7748, section 5).
pub(super) fn is_public(curve: Curve, bytes: &[u8]) -> Option<bool> {
    if !judge::has(curve) {
        return None;
    }
    let has_length = bytes.len() == curve.public_len();
    let is_point =
        curve.is_montgomery() || (bytes.first() == Some(&4) && judge::accepts(curve, bytes));
    Some(has_length && is_point)
}

/// Whether these bytes are a public key that secrets can be agreed with: OpenSSL refuses the secret zero, on
/// which Montgomery keys of small order agree with everybody.
pub(super) fn is_peer(curve: Curve, bytes: &[u8]) -> Option<bool> {
    if !curve.is_montgomery() || is_public(curve, bytes) != Some(true) {
        return is_public(curve, bytes);
    }
    let key = fixed(curve, 0)?;
    let judge = JudgeKey::from_scalar(curve, &key.scalar).ok()?;
    Some(judge.agree(bytes).is_ok())
}

/// The digest of a message; `None` where OpenSSL lacks the hash.
pub(super) fn digest(algorithm: Hash, message: &[u8]) -> Option<Vec<u8>> {
    let name = name(algorithm)?;
    let digest = hash(MessageDigest::from_name(name)?, message).ok()?;
    Some(digest.to_vec())
}

#[allow(deprecated, reason = "SHA-1 is held, too")]
fn name(algorithm: Hash) -> Option<&'static str> {
    Some(match algorithm {
        Hash::Ripemd160 => "ripemd160",
        Hash::Sha1 => "sha1",
        Hash::Sha224 => "sha224",
        Hash::Sha256 => "sha256",
        Hash::Sha384 => "sha384",
        Hash::Sha512 => "sha512",
        Hash::Sha512_224 => "sha512-224",
        Hash::Sha512_256 => "sha512-256",
        Hash::Sha3_224 => "sha3-224",
        Hash::Sha3_256 => "sha3-256",
        Hash::Sha3_384 => "sha3-384",
        Hash::Sha3_512 => "sha3-512",
        _ => return None,
    })
}

/// The length of a digest, in bytes.
#[allow(deprecated, reason = "every hash has a length")]
pub(super) fn digest_len(algorithm: Hash) -> usize {
    match algorithm {
        Hash::Md2 | Hash::Md4 | Hash::Md5 => 16,
        Hash::Ripemd160 | Hash::Sha1 => 20,
        Hash::Sha224 | Hash::Sha512_224 | Hash::Sha3_224 => 28,
        Hash::Sha256 | Hash::Sha512_256 | Hash::Sha3_256 => 32,
        Hash::Sha384 | Hash::Sha3_384 => 48,
        Hash::Sha512 | Hash::Sha3_512 => 64,
    }
}
