//! Owns the answers that are right: all reasons for a refusal, any of which may be told; none means success.

#![allow(deprecated, reason = "what is deprecated has its own answers")]

use parsec_interface::operations::psa_algorithm::{
    Algorithm, AsymmetricSignature, Hash, KeyAgreement, KeyDerivation, RawKeyAgreement, SignHash,
};
use parsec_interface::operations::psa_key_attributes::Attributes;
use parsec_interface::requests::ResponseStatus::{
    self, DeprecatedPrimitive, PsaErrorAlreadyExists, PsaErrorInvalidArgument,
    PsaErrorNotPermitted, PsaErrorNotSupported,
};
use parsec_pkcs11_ecc::ec::Curve;

use super::judge;
use super::model::{Kind, Model, ModelKey, curve, curves_of_length, kind};
use crate::place::{Options, Place, TokenKind};

pub(super) type Refusals = Vec<ResponseStatus>;

/// Whether a signature or an agreement is asked for with a right.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Sign,
    Verify,
}

/// What speaks against the creation of a key of these attributes by generation.
pub(super) fn generation(place: &Place, attributes: &Attributes) -> (Refusals, Option<Curve>) {
    let Some((kind, family)) = kind(attributes) else {
        return (vec![PsaErrorNotSupported], None);
    };
    let mut refusals = policy(place.options, kind, attributes);
    if kind == Kind::Public {
        refusals.push(PsaErrorInvalidArgument);
    }
    if attributes.bits == 0 {
        refusals.push(PsaErrorInvalidArgument);
        return (refusals, None);
    }
    let Some(curve) = curve(family, attributes.bits) else {
        refusals.push(PsaErrorNotSupported);
        return (refusals, None);
    };
    if place.options.forbid_deprecated && is_deprecated(attributes, curve) {
        refusals.push(DeprecatedPrimitive);
    }
    if !place.kind.has(curve) {
        refusals.push(PsaErrorNotSupported);
    }
    (refusals, Some(curve))
}

/// What speaks against the import of this key.
pub(super) fn import(
    place: &Place,
    attributes: &Attributes,
    data: &[u8],
) -> (Refusals, Option<Curve>) {
    let Some((kind, family)) = kind(attributes) else {
        return (vec![PsaErrorNotSupported], None);
    };
    let mut refusals = policy(place.options, kind, attributes);
    let fitting = curves_of_length(family, kind, data.len());
    let curve = match attributes.bits {
        0 => match fitting.as_slice() {
            [curve] => *curve,
            _ => {
                refusals.push(PsaErrorInvalidArgument);
                return (refusals, None);
            }
        },
        bits => match curve(family, bits) {
            Some(curve) if fitting.contains(&curve) => curve,
            Some(_) => {
                refusals.push(PsaErrorInvalidArgument);
                return (refusals, None);
            }
            None => {
                refusals.extend([PsaErrorNotSupported, PsaErrorInvalidArgument]);
                return (refusals, None);
            }
        },
    };
    let is_key = match kind {
        Kind::Pair => Some(judge::is_scalar(curve, data)),
        Kind::Public => judge::is_public(curve, data),
    };
    if is_key != Some(true) {
        refusals.push(PsaErrorInvalidArgument);
    }
    if !place.kind.has(curve) {
        refusals.push(PsaErrorNotSupported);
    }
    (refusals, Some(curve))
}

/// What speaks against the name of a new key.
pub(super) fn name(
    place: &Place,
    model: &Model,
    application: &'static str,
    name: &str,
) -> Refusals {
    let mut refusals = Vec::new();
    if model.find(application, name).is_some() {
        refusals.push(PsaErrorAlreadyExists);
    }
    let too_long = place.kind == TokenKind::Kryoptic && name.len() > 189;
    if name.is_empty() || too_long {
        refusals.push(PsaErrorInvalidArgument);
    }
    refusals
}

fn policy(options: Options, kind: Kind, attributes: &Attributes) -> Refusals {
    let mut refusals = algorithm(attributes);
    let exports = kind == Kind::Pair && attributes.policy.usage_flags.export();
    if options.forbid_export && exports {
        refusals.push(PsaErrorNotPermitted);
    }
    refusals
}

/// docs/design.md, section 7.
fn algorithm(attributes: &Attributes) -> Refusals {
    let is_montgomery = kind(attributes)
        .is_some_and(|(_, family)| family == parsec_pkcs11_ecc::ec::Family::Montgomery);
    let refusal = match attributes.policy.permitted_algorithms {
        Algorithm::None | Algorithm::KeyAgreement(KeyAgreement::Raw(RawKeyAgreement::Ecdh)) => None,
        Algorithm::AsymmetricSignature(_) if is_montgomery => Some(PsaErrorInvalidArgument),
        Algorithm::AsymmetricSignature(AsymmetricSignature::EcdsaAny) => None,
        Algorithm::AsymmetricSignature(
            AsymmetricSignature::Ecdsa { hash_alg }
            | AsymmetricSignature::DeterministicEcdsa { hash_alg },
        ) => match hash_alg {
            SignHash::Specific(Hash::Md2 | Hash::Md4 | Hash::Md5) => Some(PsaErrorNotSupported),
            _ => None,
        },
        Algorithm::KeyAgreement(KeyAgreement::WithKeyDerivation {
            ka_alg: RawKeyAgreement::Ecdh,
            ..
        }) => Some(PsaErrorNotSupported),
        _ => Some(PsaErrorInvalidArgument),
    };
    refusal.into_iter().collect()
}

/// PSA Crypto API 1.1, section 9.2.5, and the hashes that parsec-interface adds.
fn is_deprecated(attributes: &Attributes, curve: Curve) -> bool {
    let by_curve = matches!(
        curve.name(),
        "secp160r2" | "brainpoolP160r1" | "sect163k1" | "sect163r1" | "sect163r2"
    );
    let hash = match attributes.policy.permitted_algorithms {
        Algorithm::AsymmetricSignature(algorithm) => algorithm.hash(),
        Algorithm::Hash(hash) => Some(SignHash::Specific(hash)),
        Algorithm::KeyAgreement(KeyAgreement::WithKeyDerivation {
            kdf_alg: KeyDerivation::Hkdf { hash_alg },
            ..
        }) => Some(SignHash::Specific(hash_alg)),
        _ => None,
    };
    let weak = [Hash::Md2, Hash::Md4, Hash::Md5, Hash::Sha1];
    by_curve || hash.is_some_and(|hash| weak.iter().any(|weak| hash == SignHash::Specific(*weak)))
}

/// What speaks against a signature or a verification, but for the signature itself. `digest` is `None` for
/// a message.
pub(super) fn signature(
    key: &ModelKey,
    what: Use,
    algorithm: AsymmetricSignature,
    digest: Option<&[u8]>,
) -> Refusals {
    let mut refusals = Vec::new();
    let flags = key.attributes.policy.usage_flags;
    let permitted = match (what, digest) {
        (Use::Sign, Some(_)) => flags.sign_hash(),
        (Use::Sign, None) => flags.sign_hash() || flags.sign_message(),
        (Use::Verify, Some(_)) => flags.verify_hash(),
        (Use::Verify, None) => flags.verify_hash() || flags.verify_message(),
    };
    if !permitted || !permits(key.attributes.policy.permitted_algorithms, algorithm) {
        refusals.push(PsaErrorNotPermitted);
    }
    match (digest, algorithm.hash()) {
        (Some(digest), Some(SignHash::Specific(hash)))
            if digest.len() != judge::digest_len(hash) =>
        {
            refusals.push(PsaErrorInvalidArgument);
        }
        (Some([]), _) => refusals.push(PsaErrorInvalidArgument),
        (None, None | Some(SignHash::Any)) => refusals.push(PsaErrorInvalidArgument),
        (None, Some(SignHash::Specific(Hash::Md2 | Hash::Md4 | Hash::Md5))) => {
            refusals.push(PsaErrorNotSupported);
        }
        _ => {}
    }
    if what == Use::Sign {
        if key.kind == Kind::Public {
            refusals.push(PsaErrorInvalidArgument);
        }
        if matches!(algorithm, AsymmetricSignature::DeterministicEcdsa { .. }) {
            refusals.push(PsaErrorNotSupported);
        }
    }
    refusals
}

/// PSA Crypto API 1.1, section 9.7.1: a wildcard permits, and is never asked for.
fn permits(policy: Algorithm, asked: AsymmetricSignature) -> bool {
    use AsymmetricSignature::{DeterministicEcdsa, Ecdsa};
    let Algorithm::AsymmetricSignature(policy) = policy else {
        return false;
    };
    if asked.hash() == Some(SignHash::Any) {
        return false;
    }
    match (policy, asked) {
        (
            Ecdsa {
                hash_alg: SignHash::Any,
            },
            Ecdsa { .. },
        ) => true,
        (
            DeterministicEcdsa {
                hash_alg: SignHash::Any,
            },
            DeterministicEcdsa { .. },
        ) => true,
        _ => policy == asked,
    }
}

/// What speaks against an agreement.
pub(super) fn agreement(
    place: &Place,
    key: &ModelKey,
    algorithm: RawKeyAgreement,
    peer: &[u8],
) -> Refusals {
    let mut refusals = Vec::new();
    let permitted = Algorithm::KeyAgreement(KeyAgreement::Raw(algorithm));
    let policy = key.attributes.policy;
    if !policy.usage_flags.derive() || policy.permitted_algorithms != permitted {
        refusals.push(PsaErrorNotPermitted);
    }
    if algorithm != RawKeyAgreement::Ecdh {
        refusals.push(PsaErrorNotSupported);
    }
    if key.kind == Kind::Public || judge::is_peer(key.curve, peer) != Some(true) {
        refusals.push(PsaErrorInvalidArgument);
    }
    if !place.kind.agrees(key.curve) {
        refusals.push(PsaErrorNotSupported);
    }
    refusals
}

/// What speaks against an export of the key itself.
pub(super) fn export(options: Options, key: &ModelKey) -> Refusals {
    let forbidden = options.forbid_export || !key.attributes.policy.usage_flags.export();
    match key.kind == Kind::Pair && forbidden {
        true => vec![PsaErrorNotPermitted],
        false => Vec::new(),
    }
}
