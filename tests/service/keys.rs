//! Owns the key attributes and algorithms that the tests ask for.

use parsec_client::core::interface::operations::psa_algorithm::{
    Algorithm, AsymmetricSignature, Hash, KeyAgreement, RawKeyAgreement, SignHash,
};
use parsec_client::core::interface::operations::psa_key_attributes::{
    Attributes, EccFamily, Lifetime, Policy, Type, UsageFlags,
};

use crate::client::{Answer, Client};
use crate::openssl;

/// The sizes of the SecpR1 curves in bits.
pub(crate) const CURVES: [usize; 5] = [192, 224, 256, 384, 521];

/// ECDSA with SHA-256.
pub(crate) const ECDSA: AsymmetricSignature = ecdsa(Hash::Sha256);

/// A policy that leaves the hash open.
pub(crate) const ANY_HASH: AsymmetricSignature = AsymmetricSignature::Ecdsa {
    hash_alg: SignHash::Any,
};

pub(crate) const ECDH: Algorithm =
    Algorithm::KeyAgreement(KeyAgreement::Raw(RawKeyAgreement::Ecdh));

pub(crate) const PAIR: Type = Type::EccKeyPair {
    curve_family: EccFamily::SecpR1,
};

pub(crate) const PUBLIC: Type = Type::EccPublicKey {
    curve_family: EccFamily::SecpR1,
};

pub(crate) const fn ecdsa(hash: Hash) -> AsymmetricSignature {
    AsymmetricSignature::Ecdsa {
        hash_alg: SignHash::Specific(hash),
    }
}

pub(crate) const fn deterministic(hash: Hash) -> AsymmetricSignature {
    AsymmetricSignature::DeterministicEcdsa {
        hash_alg: SignHash::Specific(hash),
    }
}

/// Attributes of a persistent key.
pub(crate) fn attributes(
    key_type: Type,
    bits: usize,
    usage_flags: UsageFlags,
    algorithm: impl Into<Algorithm>,
) -> Attributes {
    Attributes {
        lifetime: Lifetime::Persistent,
        key_type,
        bits,
        policy: Policy {
            usage_flags,
            permitted_algorithms: algorithm.into(),
        },
    }
}

/// A key pair that signs and verifies.
pub(crate) fn signing(bits: usize, algorithm: AsymmetricSignature) -> Attributes {
    attributes(PAIR, bits, sign_and_verify(), algorithm)
}

/// A public key that verifies.
pub(crate) fn verifying(bits: usize, algorithm: AsymmetricSignature) -> Attributes {
    attributes(PUBLIC, bits, verify_only(), algorithm)
}

/// A key pair that agrees secrets.
pub(crate) fn agreeing(bits: usize) -> Attributes {
    attributes(PAIR, bits, derive_only(), ECDH)
}

/// The same attributes with permission to export.
pub(crate) fn exportable(mut attributes: Attributes) -> Attributes {
    let _ = attributes.policy.usage_flags.set_export();
    attributes
}

pub(crate) fn sign_and_verify() -> UsageFlags {
    *UsageFlags::default().set_sign_hash().set_verify_hash()
}

pub(crate) fn sign_only() -> UsageFlags {
    *UsageFlags::default().set_sign_hash()
}

pub(crate) fn verify_only() -> UsageFlags {
    *UsageFlags::default().set_verify_hash()
}

pub(crate) fn derive_only() -> UsageFlags {
    *UsageFlags::default().set_derive()
}

/// Whether a key whose policy permits [`ECDSA`] signs, as OpenSSL and the service see it.
pub(crate) fn signs(client: &Client, name: &str, bits: usize) -> Answer {
    let digest = openssl::digest(Hash::Sha256, name.as_bytes());
    let signature = client.sign_hash(name, ECDSA, &digest)?;
    let point = client.export_public(name)?;
    assert!(
        openssl::verifies(bits, &point, &digest, &signature),
        "{bits}"
    );
    client.verify_hash(name, ECDSA, &digest, &signature)
}
