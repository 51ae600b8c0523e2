//! Owns the attributes and algorithms that a sequence can name: mostly sensible ones.

#![allow(
    deprecated,
    reason = "clients may ask for what is deprecated, and get an answer"
)]

use arbitrary::Arbitrary;
use parsec_interface::operations::psa_algorithm::{
    Algorithm, AsymmetricEncryption, AsymmetricSignature, Cipher, Hash, KeyAgreement,
    KeyDerivation, RawKeyAgreement, SignHash,
};
use parsec_interface::operations::psa_key_attributes::{
    Attributes, DhFamily, EccFamily, Lifetime, Policy, Type, UsageFlags,
};
use parsec_pkcs11_ecc::ec::{Curve, Family};

use crate::place::TokenKind;

#[derive(Arbitrary, Debug, Clone, Copy)]
pub(super) struct AttributesChoice {
    kind: u8,
    curve: u8,
    odd: u8,
    flags: u16,
    algorithm: AlgorithmChoice,
    lifetime: u8,
}

/// An algorithm, or in an operation mostly that of the key's policy.
#[derive(Arbitrary, Debug, Clone, Copy)]
pub(super) struct AlgorithmChoice {
    scheme: u8,
    hash: u8,
}

const FAMILIES: [(Family, EccFamily); 9] = [
    (Family::SecpR1, EccFamily::SecpR1),
    (Family::SecpK1, EccFamily::SecpK1),
    (Family::SecpR2, EccFamily::SecpR2),
    (Family::SectK1, EccFamily::SectK1),
    (Family::SectR1, EccFamily::SectR1),
    (Family::SectR2, EccFamily::SectR2),
    (Family::BrainpoolPR1, EccFamily::BrainpoolPR1),
    (Family::Frp, EccFamily::Frp),
    (Family::Montgomery, EccFamily::Montgomery),
];

const ODD_SIZES: [usize; 8] = [0, 1, 160, 224, 255, 257, 521, usize::MAX];

const HASHES: [Hash; 15] = [
    Hash::Sha256,
    Hash::Sha384,
    Hash::Sha512,
    Hash::Sha224,
    Hash::Sha1,
    Hash::Sha3_224,
    Hash::Sha3_256,
    Hash::Sha3_384,
    Hash::Sha3_512,
    Hash::Sha512_224,
    Hash::Sha512_256,
    Hash::Ripemd160,
    Hash::Md2,
    Hash::Md4,
    Hash::Md5,
];

const OTHER_TYPES: [Type; 6] = [
    Type::RsaKeyPair,
    Type::RsaPublicKey,
    Type::Aes,
    Type::RawData,
    Type::Derive,
    Type::DhKeyPair {
        group_family: DhFamily::Rfc7919,
    },
];

impl AttributesChoice {
    pub(super) fn attributes(self, token: TokenKind) -> Attributes {
        let good: Vec<Curve> = Curve::ALL
            .iter()
            .copied()
            .filter(|curve| token.has(*curve))
            .collect();
        let pick = |curves: &[Curve]| curves[usize::from(self.curve) % curves.len()];
        let of = |curve: Curve| (psa_family(curve.family()), curve.bits());
        let (curve_family, bits) = match self.odd {
            0..=179 => of(pick(&good)),
            180..=204 => of(pick(Curve::ALL)),
            205..=229 => (of(pick(Curve::ALL)).0, 0),
            _ => (
                FAMILIES[usize::from(self.odd) % FAMILIES.len()].1,
                ODD_SIZES[usize::from(self.curve) % ODD_SIZES.len()],
            ),
        };
        Attributes {
            lifetime: match self.lifetime {
                0..=229 => Lifetime::Persistent,
                230..=242 => Lifetime::Volatile,
                number => Lifetime::Custom(u32::from(number)),
            },
            key_type: match self.kind {
                0..=159 => Type::EccKeyPair { curve_family },
                160..=239 => Type::EccPublicKey { curve_family },
                other => OTHER_TYPES[usize::from(other) % OTHER_TYPES.len()],
            },
            bits,
            policy: Policy {
                usage_flags: flags(self.flags),
                permitted_algorithms: self.algorithm.policy(),
            },
        }
    }
}

impl AlgorithmChoice {
    fn hash(self) -> Hash {
        HASHES[usize::from(self.hash) % HASHES.len()]
    }

    fn sign_hash(self) -> SignHash {
        match self.hash {
            0..=219 => SignHash::Specific(self.hash()),
            _ => SignHash::Any,
        }
    }

    fn policy(self) -> Algorithm {
        let hash_alg = self.sign_hash();
        match self.scheme {
            0..=109 => AsymmetricSignature::Ecdsa { hash_alg }.into(),
            110..=149 => AsymmetricSignature::EcdsaAny.into(),
            150..=169 => AsymmetricSignature::DeterministicEcdsa { hash_alg }.into(),
            170..=224 => KeyAgreement::Raw(RawKeyAgreement::Ecdh).into(),
            225..=234 => Algorithm::None,
            235..=237 => AsymmetricSignature::RsaPkcs1v15Sign { hash_alg }.into(),
            238..=239 => AsymmetricSignature::RsaPss { hash_alg }.into(),
            240..=241 => KeyAgreement::Raw(RawKeyAgreement::Ffdh).into(),
            242..=245 => KeyAgreement::WithKeyDerivation {
                ka_alg: RawKeyAgreement::Ecdh,
                kdf_alg: KeyDerivation::Hkdf {
                    hash_alg: self.hash(),
                },
            }
            .into(),
            246..=248 => Algorithm::Hash(self.hash()),
            249..=251 => Algorithm::Cipher(Cipher::Ctr),
            _ => Algorithm::AsymmetricEncryption(AsymmetricEncryption::RsaPkcs1v15Crypt),
        }
    }

    /// The algorithm of an operation with a key of this policy.
    pub(super) fn of_operation(self, policy: Option<Algorithm>) -> AsymmetricSignature {
        let own = match policy {
            Some(Algorithm::AsymmetricSignature(own)) => Some(own),
            _ => None,
        };
        let specific = |hash_alg: SignHash| match hash_alg {
            SignHash::Any => SignHash::Specific(self.hash()),
            specific => specific,
        };
        match (self.scheme, own) {
            (0..=199, Some(AsymmetricSignature::Ecdsa { hash_alg })) => {
                AsymmetricSignature::Ecdsa {
                    hash_alg: specific(hash_alg),
                }
            }
            (0..=199, Some(AsymmetricSignature::DeterministicEcdsa { hash_alg })) => {
                AsymmetricSignature::DeterministicEcdsa {
                    hash_alg: specific(hash_alg),
                }
            }
            (0..=199, Some(own)) => own,
            (200..=219, _) => AsymmetricSignature::EcdsaAny,
            (220..=229, _) => AsymmetricSignature::DeterministicEcdsa {
                hash_alg: self.sign_hash(),
            },
            (230..=234, _) => AsymmetricSignature::RsaPkcs1v15SignRaw,
            _ => AsymmetricSignature::Ecdsa {
                hash_alg: self.sign_hash(),
            },
        }
    }
}

/// The name of a family in Parsec's interface.
pub fn psa_family(family: Family) -> EccFamily {
    let row = FAMILIES.iter().find(|(ours, _)| *ours == family);
    row.expect("every family has a row").1
}

pub(super) fn family(psa: EccFamily) -> Family {
    let row = FAMILIES.iter().find(|(_, theirs)| *theirs == psa);
    row.expect("every family has a row").0
}

/// Both halves of what a key can be for are mostly there.
fn flags(bits: u16) -> UsageFlags {
    let bit = |number: u16| bits >> number & 1 == 1;
    let mut flags = UsageFlags::default();
    let _ = bit(0) && flags.set_sign_hash().sign_hash();
    let _ = bit(1) && flags.set_verify_hash().verify_hash();
    let _ = bit(2) && flags.set_derive().derive();
    let _ = bit(3) && flags.set_export().export();
    let _ = bit(4) && flags.set_sign_message().sign_message();
    let _ = bit(5) && flags.set_verify_message().verify_message();
    let _ = bit(6) && flags.set_copy().copy();
    let _ = bit(7) && flags.set_cache().cache();
    let _ = bit(8) && flags.set_encrypt().encrypt();
    let _ = bit(9) && flags.set_decrypt().decrypt();
    flags
}
