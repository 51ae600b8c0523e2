//! Owns OpenSSL as the judge for tests: what it refuses fails them.

use parsec_pkcs11_ecc::check::judge::{self, JudgeKey};
use parsec_pkcs11_ecc::ec::Curve;

/// A key pair that OpenSSL made.
pub(crate) struct Judge(JudgeKey);

impl Judge {
    pub(crate) fn new(curve: Curve) -> Self {
        Self(JudgeKey::generate(curve).unwrap())
    }

    /// The key pair of a scalar in Parsec's wire form.
    pub(crate) fn of(curve: Curve, scalar: &[u8]) -> Self {
        Self(JudgeKey::from_scalar(curve, scalar).unwrap())
    }

    /// The public key in Parsec's wire form.
    pub(crate) fn public(&self) -> Vec<u8> {
        self.0.public().unwrap()
    }

    /// The private key in Parsec's wire form.
    pub(crate) fn scalar(&self) -> Vec<u8> {
        self.0.scalar().unwrap().to_vec()
    }

    /// A signature of the digest: `r || s`.
    pub(crate) fn sign(&self, digest: &[u8]) -> Vec<u8> {
        self.0.sign(digest).unwrap()
    }

    /// The secret that it shares with a public key.
    pub(crate) fn agree(&self, public: &[u8]) -> Vec<u8> {
        self.0.agree(public).unwrap().to_vec()
    }
}

/// Whether `r || s` is a signature of the digest.
pub(crate) fn verifies(curve: Curve, public: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    judge::verifies(curve, public, digest, signature).unwrap()
}

/// The public key of a scalar in Parsec's wire form.
pub(crate) fn public_of(curve: Curve, scalar: &[u8]) -> Vec<u8> {
    Judge::of(curve, scalar).public()
}
