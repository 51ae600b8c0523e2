//! Owns the reading of PSA key attributes: what they mean for a key of this provider.

use log::{error, info};
use parsec_interface::operations::psa_algorithm::{
    Algorithm, AsymmetricSignature, Hash as PsaHash, KeyAgreement, RawKeyAgreement, SignHash,
};
use parsec_interface::operations::psa_key_attributes::{Attributes, EccFamily, Type};
use parsec_interface::requests::{ResponseStatus, Result};

use crate::ec::{Curve, Family, Hash};
use crate::generation;
use crate::token::{KeyId, KeyRef};

/// Which halves a key has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Pair,
    PublicKey,
}

/// An ECC key by its attributes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EccKey {
    pub(crate) kind: KeyKind,
    pub(crate) family: Family,
    /// The size in bits, 0 where it was left open.
    pub(crate) bits: usize,
}

impl EccKey {
    /// Reads the key type; `None` for every type but elliptic-curve keys.
    pub(crate) fn new(attributes: &Attributes) -> Option<Self> {
        let (kind, family) = match attributes.key_type {
            Type::EccKeyPair { curve_family } => (KeyKind::Pair, curve_family),
            Type::EccPublicKey { curve_family } => (KeyKind::PublicKey, curve_family),
            _ => return None,
        };
        Some(Self {
            kind,
            family: family_of(family),
            bits: attributes.bits,
        })
    }

    /// Reads the key type of a key that a client asks for.
    ///
    /// # Errors
    ///
    /// `PsaErrorNotSupported` for every type but elliptic-curve keys; the log names it.
    pub(crate) fn requested(attributes: &Attributes) -> Result<Self> {
        Self::new(attributes).ok_or_else(|| {
            error!(
                "{} is not supported: this provider holds elliptic-curve keys only.",
                attributes.key_type
            );
            ResponseStatus::PsaErrorNotSupported
        })
    }

    /// The curve, if the attributes name one.
    ///
    /// # Errors
    ///
    /// `PsaErrorInvalidArgument` if the size was left open, `PsaErrorNotSupported` if the family has
    /// no curve of that size here.
    pub(crate) fn curve(&self) -> Result<Curve> {
        if self.bits == 0 {
            info!("The size of the key in bits must be given.");
            return Err(ResponseStatus::PsaErrorInvalidArgument);
        }
        Curve::from_family_bits(self.family, self.bits).ok_or_else(|| {
            info!(
                "No {:?} curve of {} bits is supported.",
                self.family, self.bits
            );
            ResponseStatus::PsaErrorNotSupported
        })
    }

    /// The curve of key data of `length` bytes in the wire form: that of `bits`, if given, which the
    /// length must fit, else the only one that the length fits.
    ///
    /// # Errors
    ///
    /// `PsaErrorInvalidArgument` if the length fits no curve, not that one, or, without `bits`, several
    /// (sect233k1 and sect239k1).
    pub(crate) fn curve_of_data(&self, length: usize) -> Result<Curve> {
        if self.bits == 0 {
            let by_length = match self.kind {
                KeyKind::Pair => Curve::from_private_len(self.family, length),
                KeyKind::PublicKey => Curve::from_public_len(self.family, length),
            };
            return by_length.ok_or_else(|| {
                info!(
                    "{length} bytes are the length of no {:?} key, or of keys of several sizes: \
                     then the size in bits must be given.",
                    self.family
                );
                ResponseStatus::PsaErrorInvalidArgument
            });
        }
        let curve = self.curve()?;
        let fits = match self.kind {
            KeyKind::Pair => curve.is_private_len(length),
            KeyKind::PublicKey => curve.public_len() == length,
        };
        if !fits {
            info!("A {curve} key has not {length} bytes.");
            return Err(ResponseStatus::PsaErrorInvalidArgument);
        }
        Ok(curve)
    }

    /// The key on the token.
    ///
    /// # Errors
    ///
    /// `PsaErrorNotSupported` if the mapping names a size that no curve of the family has.
    pub(crate) fn reference(&self, id: KeyId) -> Result<KeyRef> {
        let curve = match self.bits {
            0 => None,
            _ => Some(self.curve()?),
        };
        Ok(KeyRef { id, curve })
    }
}

/// Whether the PSA Crypto API advises against a key of this policy or on this curve.
///
/// parsec-interface knows deprecated curves only as those of public keys, so the table of curves is
/// asked.
pub(crate) fn is_deprecated(attributes: &Attributes, curve: Curve) -> bool {
    generation::is_deprecated(attributes.policy.permitted_algorithms) || curve.deprecated()
}

/// Refuses a policy that no ECC key can have.
///
/// # Errors
///
/// `PsaErrorInvalidArgument` for an algorithm of another key type and for signatures with a Montgomery
/// key, which parsec-interface lets pass; `PsaErrorNotSupported` for an algorithm that this provider
/// has no operation for.
pub(crate) fn check_algorithm(attributes: &Attributes) -> Result<()> {
    let algorithm = attributes.policy.permitted_algorithms;
    let is_montgomery = EccKey::new(attributes).is_some_and(|key| key.family == Family::Montgomery);
    match algorithm {
        Algorithm::None => Ok(()),
        Algorithm::AsymmetricSignature(_) if is_montgomery => {
            info!("A Montgomery key agrees on secrets and signs nothing.");
            Err(ResponseStatus::PsaErrorInvalidArgument)
        }
        _ if !attributes.is_compatible_with_alg(algorithm) => {
            info!("The algorithm of the policy does not fit an elliptic-curve key.");
            Err(ResponseStatus::PsaErrorInvalidArgument)
        }
        Algorithm::AsymmetricSignature(AsymmetricSignature::EcdsaAny)
        | Algorithm::KeyAgreement(KeyAgreement::Raw(RawKeyAgreement::Ecdh)) => Ok(()),
        Algorithm::AsymmetricSignature(
            AsymmetricSignature::Ecdsa { hash_alg }
            | AsymmetricSignature::DeterministicEcdsa { hash_alg },
        ) => match hash_alg {
            SignHash::Any => Ok(()),
            SignHash::Specific(hash) => hash_of(hash).map(|_| ()),
        },
        _ => {
            info!("{algorithm:?} is not supported.");
            Err(ResponseStatus::PsaErrorNotSupported)
        }
    }
}

fn family_of(family: EccFamily) -> Family {
    #[allow(
        deprecated,
        reason = "deprecated families are on the wire, and keys of them are held"
    )]
    match family {
        EccFamily::SecpK1 => Family::SecpK1,
        EccFamily::SecpR1 => Family::SecpR1,
        EccFamily::SecpR2 => Family::SecpR2,
        EccFamily::SectK1 => Family::SectK1,
        EccFamily::SectR1 => Family::SectR1,
        EccFamily::SectR2 => Family::SectR2,
        EccFamily::BrainpoolPR1 => Family::BrainpoolPR1,
        EccFamily::Frp => Family::Frp,
        EccFamily::Montgomery => Family::Montgomery,
    }
}

/// The hash of that name.
///
/// # Errors
///
/// `PsaErrorNotSupported` for those that are too weak for a signature (MD2, MD4, MD5).
pub(crate) fn hash_of(hash: PsaHash) -> Result<Hash> {
    #[allow(
        deprecated,
        reason = "deprecated hashes are on the wire, and each is answered by its name"
    )]
    match hash {
        PsaHash::Ripemd160 => Ok(Hash::Ripemd160),
        PsaHash::Sha1 => Ok(Hash::Sha1),
        PsaHash::Sha224 => Ok(Hash::Sha224),
        PsaHash::Sha256 => Ok(Hash::Sha256),
        PsaHash::Sha384 => Ok(Hash::Sha384),
        PsaHash::Sha512 => Ok(Hash::Sha512),
        PsaHash::Sha512_224 => Ok(Hash::Sha512_224),
        PsaHash::Sha512_256 => Ok(Hash::Sha512_256),
        PsaHash::Sha3_224 => Ok(Hash::Sha3_224),
        PsaHash::Sha3_256 => Ok(Hash::Sha3_256),
        PsaHash::Sha3_384 => Ok(Hash::Sha3_384),
        PsaHash::Sha3_512 => Ok(Hash::Sha3_512),
        PsaHash::Md2 | PsaHash::Md4 | PsaHash::Md5 => {
            info!("{hash:?} is broken and is not supported for signatures.");
            Err(ResponseStatus::PsaErrorNotSupported)
        }
    }
}

#[cfg(test)]
mod tests {
    use KeyKind::{Pair, PublicKey};

    use super::*;

    const INVALID: Result<Curve> = Err(ResponseStatus::PsaErrorInvalidArgument);

    #[test]
    fn length_and_size_name_the_curve() {
        for (kind, family, bits, length, expected) in [
            (Pair, Family::SecpR1, 0, 66, Ok(Curve::Secp521r1)),
            (Pair, Family::SecpR1, 256, 66, INVALID),
            (
                PublicKey,
                Family::BrainpoolPR1,
                0,
                129,
                Ok(Curve::BrainpoolP512r1),
            ),
            // Both counts of its bits, and the lengths that follow from them.
            (Pair, Family::SecpK1, 224, 28, Ok(Curve::Secp224k1)),
            (Pair, Family::SecpK1, 224, 29, Ok(Curve::Secp224k1)),
            (Pair, Family::SecpK1, 225, 29, Ok(Curve::Secp224k1)),
            (Pair, Family::SecpK1, 0, 28, Ok(Curve::Secp224k1)),
            (Pair, Family::SecpK1, 225, 30, INVALID),
            (PublicKey, Family::SecpK1, 225, 57, Ok(Curve::Secp224k1)),
            (Pair, Family::SecpR2, 0, 20, Ok(Curve::Secp160r2)),
            (Pair, Family::SecpR2, 160, 21, Ok(Curve::Secp160r2)),
            // Two curves have keys of these lengths.
            (Pair, Family::SectK1, 0, 30, INVALID),
            (Pair, Family::SectK1, 233, 30, Ok(Curve::Sect233k1)),
            (Pair, Family::SectK1, 239, 30, Ok(Curve::Sect239k1)),
            (PublicKey, Family::SectK1, 0, 61, INVALID),
            (PublicKey, Family::SectK1, 239, 61, Ok(Curve::Sect239k1)),
            (PublicKey, Family::SectK1, 239, 60, INVALID),
            (PublicKey, Family::Montgomery, 0, 32, Ok(Curve::Curve25519)),
            (Pair, Family::Montgomery, 448, 56, Ok(Curve::Curve448)),
            (Pair, Family::Montgomery, 448, 32, INVALID),
        ] {
            let key = EccKey { kind, family, bits };
            assert_eq!(key.curve_of_data(length), expected, "{key:?} {length}");
        }
    }
}
