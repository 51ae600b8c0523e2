//! Owns the seeds of the wire that are about one key each: of every curve, kind and policy it is asked for, made,
//! imported and used.

use parsec_interface::operations::can_do_crypto::{self, CheckType};
use parsec_interface::operations::psa_algorithm::{
    Algorithm, AsymmetricEncryption, AsymmetricSignature, Hash, KeyAgreement, KeyDerivation,
    RawKeyAgreement, SignHash,
};
use parsec_interface::operations::psa_key_attributes::{
    Attributes, Lifetime, Policy, Type, UsageFlags,
};
use parsec_interface::operations::{
    NativeOperation, psa_destroy_key, psa_export_key, psa_export_public_key, psa_generate_key,
    psa_import_key, psa_raw_key_agreement, psa_sign_hash, psa_sign_message, psa_verify_hash,
    psa_verify_message,
};
use parsec_interface::secrecy::Secret;
use parsec_pkcs11_ecc::check::judge::{self, JudgeKey};
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc_fuzz::place::TokenKind;
use parsec_pkcs11_ecc_fuzz::sequence::psa_family;

use crate::Seeds;
use crate::requests::framed;

const NAME: &str = "new";

/// SHA-256 of nothing in particular.
const DIGEST: [u8; 32] = [7; 32];

pub(crate) fn add(seeds: &mut Seeds) {
    for curve in Curve::ALL.iter().copied() {
        // The others end at the curve, whatever the policy.
        let count = match TokenKind::Kryoptic.has(curve) {
            true => usize::MAX,
            false => 2,
        };
        let policies = policies().into_iter().take(count);
        // A size that is left open is that of what is imported.
        let open = policies.clone().take(1).map(|policy| (0, policy));
        let sized = policies.map(|policy| (curve.bits(), policy));
        for (bits, policy) in sized.chain(open) {
            let curve_family = psa_family(curve.family());
            for key_type in [
                Type::EccKeyPair { curve_family },
                Type::EccPublicKey { curve_family },
            ] {
                let attributes = Attributes {
                    lifetime: Lifetime::Persistent,
                    key_type,
                    bits,
                    policy,
                };
                seeds.add("wire", row(made(attributes)));
                if judge::has(curve) {
                    for operations in imported(curve, attributes) {
                        seeds.add("wire", row(operations));
                    }
                }
            }
        }
    }
}

fn row(operations: Vec<NativeOperation>) -> Vec<u8> {
    operations.into_iter().flat_map(framed).collect()
}

fn policies() -> Vec<Policy> {
    let flags = |set: &[fn(&mut UsageFlags) -> &mut UsageFlags]| {
        let mut flags = UsageFlags::default();
        for each in set {
            each(&mut flags);
        }
        flags
    };
    let hashes = flags(&[UsageFlags::set_sign_hash, UsageFlags::set_verify_hash]);
    let messages = flags(&[UsageFlags::set_sign_message, UsageFlags::set_verify_message]);
    let verify = flags(&[UsageFlags::set_verify_hash]);
    let derive = flags(&[UsageFlags::set_derive]);
    let export = flags(&[UsageFlags::set_export]);
    let ecdsa = |hash| {
        let hash_alg = SignHash::Specific(hash);
        Algorithm::from(AsymmetricSignature::Ecdsa { hash_alg })
    };
    let deterministic = Algorithm::from(AsymmetricSignature::DeterministicEcdsa {
        hash_alg: SignHash::Specific(Hash::Sha256),
    });
    let any_hash = Algorithm::from(AsymmetricSignature::Ecdsa {
        hash_alg: SignHash::Any,
    });
    let ecdh = Algorithm::from(KeyAgreement::Raw(RawKeyAgreement::Ecdh));
    let with_derivation = Algorithm::from(KeyAgreement::WithKeyDerivation {
        ka_alg: RawKeyAgreement::Ecdh,
        kdf_alg: KeyDerivation::Hkdf {
            hash_alg: Hash::Sha256,
        },
    });
    let encryption = Algorithm::AsymmetricEncryption(AsymmetricEncryption::RsaPkcs1v15Crypt);
    [
        (hashes, ecdsa(Hash::Sha256)),
        (derive, ecdh),
        (
            flags(&[UsageFlags::set_sign_hash, UsageFlags::set_export]),
            ecdsa(Hash::Sha384),
        ),
        (
            flags(&[UsageFlags::set_derive, UsageFlags::set_export]),
            ecdh,
        ),
        (messages, ecdsa(Hash::Sha512)),
        (messages, ecdsa(Hash::Sha3_256)),
        (messages, ecdsa(Hash::Ripemd160)),
        (hashes, any_hash),
        (messages, any_hash),
        (hashes, AsymmetricSignature::EcdsaAny.into()),
        (verify, deterministic),
        (hashes, deterministic),
        (derive, ecdsa(Hash::Sha256)),
        (hashes, ecdh),
        (derive, with_derivation),
        (export, Algorithm::None),
        (hashes, encryption),
        (UsageFlags::default(), ecdsa(Hash::Sha256)),
    ]
    .map(|(usage_flags, permitted_algorithms)| Policy {
        usage_flags,
        permitted_algorithms,
    })
    .to_vec()
}

fn made(attributes: Attributes) -> Vec<NativeOperation> {
    let can = |check_type| {
        NativeOperation::from(can_do_crypto::Operation {
            check_type,
            attributes,
        })
    };
    vec![
        can(CheckType::Generate),
        can(CheckType::Import),
        can(CheckType::Use),
        psa_generate_key::Operation {
            key_name: NAME.to_owned(),
            attributes,
        }
        .into(),
        sign_hash(attributes),
        psa_export_key::Operation {
            key_name: NAME.to_owned(),
        }
        .into(),
        export_public(),
        psa_destroy_key::Operation {
            key_name: NAME.to_owned(),
        }
        .into(),
    ]
}

/// Two rows: one would be longer than an input.
fn imported(curve: Curve, attributes: Attributes) -> [Vec<NativeOperation>; 2] {
    let key = JudgeKey::generate(curve).expect("OpenSSL has the curve");
    let public = key.public().expect("a public key");
    let data = match attributes.key_type.is_public_key() {
        true => public.clone(),
        false => key.scalar().expect("a scalar").to_vec(),
    };
    // Ed25519 and Ed448 are no curves here, and others sign nothing.
    let signature = key.sign(&DIGEST).unwrap_or_default();
    let import = || {
        NativeOperation::from(psa_import_key::Operation {
            key_name: NAME.to_owned(),
            attributes,
            data: Secret::new(data.clone()),
        })
    };
    let alg = signing(attributes);
    let message = b"a message".to_vec();
    let hashes = vec![
        import(),
        sign_hash(attributes),
        psa_verify_hash::Operation {
            key_name: NAME.to_owned(),
            alg,
            hash: DIGEST.to_vec().into(),
            signature: signature.clone().into(),
        }
        .into(),
        export_public(),
        psa_export_key::Operation {
            key_name: NAME.to_owned(),
        }
        .into(),
    ];
    let messages = vec![
        import(),
        psa_sign_message::Operation {
            key_name: NAME.to_owned(),
            alg,
            message: message.clone().into(),
        }
        .into(),
        psa_verify_message::Operation {
            key_name: NAME.to_owned(),
            alg,
            message: message.into(),
            signature: signature.into(),
        }
        .into(),
        psa_raw_key_agreement::Operation {
            alg: RawKeyAgreement::Ecdh,
            private_key_name: NAME.to_owned(),
            peer_key: public.into(),
        }
        .into(),
    ];
    [hashes, messages]
}

fn export_public() -> NativeOperation {
    psa_export_public_key::Operation {
        key_name: NAME.to_owned(),
    }
    .into()
}

fn sign_hash(attributes: Attributes) -> NativeOperation {
    psa_sign_hash::Operation {
        key_name: NAME.to_owned(),
        alg: signing(attributes),
        hash: DIGEST.to_vec().into(),
    }
    .into()
}

/// That of the policy, if it is one of signatures.
fn signing(attributes: Attributes) -> AsymmetricSignature {
    match attributes.policy.permitted_algorithms {
        Algorithm::AsymmetricSignature(
            own @ (AsymmetricSignature::Ecdsa {
                hash_alg: SignHash::Specific(_),
            }
            | AsymmetricSignature::DeterministicEcdsa { .. }),
        ) => own,
        _ => AsymmetricSignature::Ecdsa {
            hash_alg: SignHash::Specific(Hash::Sha256),
        },
    }
}
