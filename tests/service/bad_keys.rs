//! Key data, key types and policies that are refused, each with its status, and nothing lost.

use ::openssl::ec::PointConversionForm;
use parsec_client::core::interface::operations::psa_algorithm::{
    Algorithm, AsymmetricEncryption, AsymmetricSignature, Hash, KeyAgreement, RawKeyAgreement,
    SignHash,
};
use parsec_client::core::interface::operations::psa_key_attributes::{Attributes, EccFamily, Type};
use parsec_client::core::interface::requests::ResponseStatus;

use crate::client::Client;
use crate::fixture::{Installation, Manager};
use crate::keys::{
    CURVES, ECDSA, PAIR, PUBLIC, attributes, ecdsa, sign_and_verify, signing, signs, verifying,
};
use crate::openssl::{Pair, byte_length, order};
use crate::token_objects::key_objects;

const INVALID: ResponseStatus = ResponseStatus::PsaErrorInvalidArgument;
const NOT_SUPPORTED: ResponseStatus = ResponseStatus::PsaErrorNotSupported;
const DEPRECATED: ResponseStatus = ResponseStatus::DeprecatedPrimitive;

/// Runs `refusals` beside a key that must survive them, on both managers.
fn nothing_is_lost(refusals: impl Fn(&Client)) {
    for manager in Manager::ALL {
        let installation = Installation::direct(manager);
        let service = installation.start();
        let client = service.client("alice");
        client.generate("kept", signing(256, ECDSA)).unwrap();
        refusals(&client);
        assert_eq!(client.key_names(), ["kept"]);
        signs(&client, "kept", 256).unwrap();
        service.stop();
        assert_eq!(key_objects(installation.token()).len(), 2);

        let service = installation.start();
        signs(&service.client("alice"), "kept", 256).unwrap();
        service.stop();
    }
}

fn refuse_import(client: &Client, what: &str, attributes: Attributes, data: &[u8]) {
    let answer = client.import("refused", attributes, data);
    assert_eq!(answer, Err(INVALID), "{what}, {} bits", attributes.bits);
}

fn points(bits: usize) -> Vec<(&'static str, Vec<u8>)> {
    let pair = Pair::generate(bits);
    let good = pair.point();
    let length = byte_length(bits);
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut point = good.clone();
        change(&mut point);
        point
    };
    vec![
        ("no byte", Vec::new()),
        ("infinity", vec![0]),
        ("infinity, padded", vec![0; good.len()]),
        ("the point (0, 0)", changed(&|point| point[1..].fill(0))),
        ("one byte short", good[..2 * length].to_vec()),
        ("one byte long", changed(&|point| point.push(0))),
        ("without 04", good[1..].to_vec()),
        (
            "an OCTET STRING",
            changed(&|point| {
                let length = u8::try_from(point.len()).unwrap();
                point.splice(..0, [4, length]);
            }),
        ),
        ("compressed", pair.encoded(PointConversionForm::COMPRESSED)),
        ("hybrid", pair.encoded(PointConversionForm::HYBRID)),
        ("off the curve", changed(&|point| point[2 * length] ^= 1)),
        (
            "x and y swapped",
            changed(&|point| point[1..].rotate_left(length)),
        ),
        (
            "coordinates not in the field",
            changed(&|point| point[1..].fill(0xff)),
        ),
        ("another tag", changed(&|point| point[0] = 5)),
    ]
}

fn scalars(bits: usize) -> Vec<(&'static str, Vec<u8>)> {
    let good = Pair::generate(bits).scalar();
    let mut above = order(bits);
    *above.last_mut().unwrap() += 1;
    vec![
        ("no byte", Vec::new()),
        ("zero", vec![0; good.len()]),
        ("n", order(bits)),
        ("n + 1", above),
        ("all bits set", vec![0xff; good.len()]),
        ("one byte short", good[1..].to_vec()),
        ("a leading zero too many", [&[0], good.as_slice()].concat()),
    ]
}

#[test]
fn malformed_keys() {
    nothing_is_lost(|client| {
        for bits in CURVES {
            for given in [bits, 0] {
                for (what, point) in points(bits) {
                    refuse_import(client, what, verifying(given, ECDSA), &point);
                }
                for (what, scalar) in scalars(bits) {
                    refuse_import(client, what, signing(given, ECDSA), &scalar);
                }
            }
        }
    });
}

#[test]
fn bits_that_do_not_match() {
    nothing_is_lost(|client| {
        for bits in CURVES {
            let pair = Pair::generate(bits);
            for other in CURVES.into_iter().filter(|other| *other != bits) {
                refuse_import(client, "a point", verifying(other, ECDSA), &pair.point());
                refuse_import(client, "a scalar", signing(other, ECDSA), &pair.scalar());
            }
            for unknown in [1, 255, 257, 512, 528, usize::from(u16::MAX)] {
                for (attributes, data) in [
                    (verifying(unknown, ECDSA), pair.point()),
                    (signing(unknown, ECDSA), pair.scalar()),
                ] {
                    let answer = client.import("refused", attributes, &data);
                    assert_eq!(answer, Err(NOT_SUPPORTED), "{bits} as {unknown}");
                }
            }
        }
        assert_eq!(client.generate("refused", signing(0, ECDSA)), Err(INVALID));
    });
}

#[test]
#[allow(deprecated, reason = "deprecated curves are on the wire")]
fn other_key_types() {
    let rsa = AsymmetricSignature::RsaPkcs1v15Sign {
        hash_alg: SignHash::Specific(Hash::Sha256),
    };
    let data = Pair::generate(256);
    nothing_is_lost(|client| {
        for (key_type, bits) in [
            (Type::RsaKeyPair, 2048),
            (Type::Aes, 128),
            (Type::Hmac, 256),
            (Type::RawData, 256),
        ] {
            let algorithm = match key_type {
                Type::RsaKeyPair => rsa,
                _ => ECDSA,
            };
            let attributes = attributes(key_type, bits, sign_and_verify(), algorithm);
            let answers = [
                client.generate("refused", attributes),
                client.import("refused", attributes, &data.scalar()),
            ];
            assert_eq!(answers, [Err(NOT_SUPPORTED); 2], "{key_type:?}");
        }
        let public = attributes(Type::RsaPublicKey, 2048, sign_and_verify(), rsa);
        assert_eq!(
            client.import("refused", public, &data.point()),
            Err(NOT_SUPPORTED)
        );
        let public = attributes(PUBLIC, 256, sign_and_verify(), ECDSA);
        assert_eq!(client.generate("refused", public), Err(INVALID));
    });
}

#[test]
#[allow(deprecated, reason = "deprecated curves are on the wire")]
fn curves_that_do_not_fit() {
    let data = Pair::generate(256);
    nothing_is_lost(|client| {
        let ecc = |curve_family, bits| {
            let pair = Type::EccKeyPair { curve_family };
            attributes(pair, bits, sign_and_verify(), ECDSA)
        };
        // SoftHSM2 does not have it, but stores keys of it, and ends the process that uses one.
        let frp = ecc(EccFamily::Frp, 256);
        // Below its order, which is lower than that of secp256r1.
        let mut scalar = data.scalar();
        scalar[0] = 0x7f;
        let answers = [
            client.generate("refused", frp),
            client.import("refused", frp, &scalar),
        ];
        assert_eq!(answers, [Err(NOT_SUPPORTED); 2]);
        for (family, bits) in [
            (EccFamily::SecpK1, 255),
            (EccFamily::SectR1, 256),
            (EccFamily::SectR2, 233),
            (EccFamily::Montgomery, 256),
        ] {
            let answers = [
                client.generate("refused", ecc(family, bits)),
                client.import("refused", ecc(family, bits), &data.scalar()),
            ];
            assert_eq!(answers, [Err(NOT_SUPPORTED); 2], "{family:?}");
        }
        // A Montgomery key signs nothing.
        let x25519 = ecc(EccFamily::Montgomery, 255);
        let answers = [
            client.generate("refused", x25519),
            client.import("refused", x25519, &data.scalar()),
        ];
        assert_eq!(answers, [Err(INVALID); 2]);
    });
}

#[test]
#[allow(deprecated, reason = "deprecated hashes are on the wire")]
fn policies_that_no_key_can_have() {
    let rsa = AsymmetricSignature::RsaPkcs1v15Sign {
        hash_alg: SignHash::Specific(Hash::Sha256),
    };
    let pair = Pair::generate(256);
    nothing_is_lost(|client| {
        for algorithm in [
            rsa.into(),
            AsymmetricEncryption::RsaPkcs1v15Crypt.into(),
            Algorithm::KeyAgreement(KeyAgreement::Raw(RawKeyAgreement::Ffdh)),
            Algorithm::Hash(Hash::Sha256),
        ] {
            let attributes = attributes(PAIR, 256, sign_and_verify(), algorithm);
            assert_eq!(
                client.generate("refused", attributes),
                Err(INVALID),
                "{algorithm:?}"
            );
            let imported = client.import("refused", attributes, &pair.scalar());
            assert_eq!(imported, Err(INVALID), "{algorithm:?}");
        }
        for hash in [Hash::Md2, Hash::Md4, Hash::Md5] {
            let attributes = signing(256, ecdsa(hash));
            assert_eq!(
                client.generate("refused", attributes),
                Err(DEPRECATED),
                "{hash:?}"
            );
            let imported = client.import("refused", attributes, &pair.scalar());
            assert_eq!(imported, Err(NOT_SUPPORTED), "{hash:?}");
        }
        assert_eq!(
            client.generate("refused", signing(256, ecdsa(Hash::Sha1))),
            Err(DEPRECATED)
        );
    });
}

#[test]
#[allow(deprecated, reason = "SHA-1 is on the wire")]
fn deprecated_keys_can_be_allowed_and_are_taken_over() {
    let mut installation = Installation::direct(Manager::Sqlite);
    let service = installation.start();
    let client = service.client("alice");
    let sha1 = ecdsa(Hash::Sha1);
    let scalar = Pair::generate(256).scalar();
    client
        .import("imported", signing(256, sha1), &scalar)
        .unwrap();
    let signature = client.sign_message("imported", sha1, b"old").unwrap();
    client
        .verify_message("imported", sha1, b"old", &signature)
        .unwrap();
    assert!(service.stop().contains("deprecated"));

    installation
        .core_settings
        .insert("allow_deprecated", "true".to_owned());
    let service = installation.start();
    let client = service.client("alice");
    client.generate("generated", signing(256, sha1)).unwrap();
    let signature = client.sign_message("generated", sha1, b"old").unwrap();
    client
        .verify_message("generated", sha1, b"old", &signature)
        .unwrap();
    service.stop();
}
