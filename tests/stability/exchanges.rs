//! Owns the requests whose bytes are kept, in the order in which they are sent: for each operation that the service
//! has, by name of the file in tests/wire.

use hex_literal::hex;
use parsec_client::core::interface::operations::can_do_crypto::{self, CheckType};
use parsec_client::core::interface::operations::psa_algorithm::{
    AsymmetricSignature, Cipher, RawKeyAgreement,
};
use parsec_client::core::interface::operations::{
    NativeOperation, delete_client, list_authenticators, list_clients, list_keys, list_opcodes,
    list_providers, ping, psa_cipher_encrypt, psa_destroy_key, psa_export_key,
    psa_export_public_key, psa_generate_key, psa_generate_random, psa_import_key,
    psa_raw_key_agreement, psa_sign_hash, psa_sign_message, psa_verify_hash, psa_verify_message,
};
use parsec_client::core::interface::requests::ProviderId;
use parsec_client::core::interface::secrecy::Secret;

use crate::exchange::{Exchange, Form};
use crate::keys::{ECDSA, agreeing, exportable, signing, verifying};

/// RFC 6979, A.2.5: the key, and its signature of "sample" with SHA-256.
const SCALAR: [u8; 32] = hex!("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
const POINT: [u8; 65] = hex!(
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
);
const SIGNATURE: [u8; 64] = hex!(
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
);
const MESSAGE: &[u8] = b"sample";
const DIGEST: [u8; 32] = hex!("af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf");

type Named = (&'static str, Exchange);

fn of(
    provider: ProviderId,
    application: &'static str,
    file: &'static str,
    what: &'static str,
    operation: impl Into<NativeOperation>,
    form: Form,
) -> Named {
    let exchange = Exchange {
        what,
        application,
        provider,
        operation: operation.into(),
        form,
    };
    (file, exchange)
}

/// Of the service itself.
fn core(
    file: &'static str,
    what: &'static str,
    operation: impl Into<NativeOperation>,
    form: Form,
) -> Named {
    let application = match file {
        "list-clients" | "delete-client" => "admin",
        _ => "application",
    };
    of(ProviderId::Core, application, file, what, operation, form)
}

/// Of the provider; every byte of the response is known.
fn exact(file: &'static str, what: &'static str, operation: impl Into<NativeOperation>) -> Named {
    random(file, what, operation, 0)
}

/// Of the provider, with so many random bytes at the end.
fn random(
    file: &'static str,
    what: &'static str,
    operation: impl Into<NativeOperation>,
    length: usize,
) -> Named {
    let form = match length {
        0 => Form::Exact,
        length => Form::RandomTail(length),
    };
    let provider = ProviderId::Pkcs11;
    of(provider, "application", file, what, operation, form)
}

fn name(text: &str) -> String {
    text.to_owned()
}

pub(crate) fn all() -> Vec<Named> {
    [about_the_service(), creation(), use_of_keys(), the_end()]
        .into_iter()
        .flatten()
        .collect()
}

fn about_the_service() -> Vec<Named> {
    let opcodes = |provider_id| list_opcodes::Operation { provider_id };
    vec![
        core(
            "ping",
            "the version of the protocol",
            ping::Operation {},
            Form::Exact,
        ),
        core(
            "list-providers",
            "the PKCS#11 provider before the service itself",
            list_providers::Operation {},
            Form::Versions,
        ),
        core(
            "list-opcodes",
            "of the provider; may only grow",
            opcodes(ProviderId::Pkcs11),
            Form::Set,
        ),
        core(
            "list-opcodes",
            "of the service itself",
            opcodes(ProviderId::Core),
            Form::Set,
        ),
        core(
            "list-authenticators",
            "clients say their names",
            list_authenticators::Operation {},
            Form::Exact,
        ),
    ]
}

fn creation() -> Vec<Named> {
    let import = |key, attributes, data: &[u8]| psa_import_key::Operation {
        key_name: name(key),
        attributes,
        data: Secret::new(data.to_vec()),
    };
    let generate = |key| psa_generate_key::Operation {
        key_name: name(key),
        attributes: signing(256, ECDSA),
    };
    let can = |check_type, bits| can_do_crypto::Operation {
        check_type,
        attributes: signing(bits, ECDSA),
    };
    vec![
        exact(
            "psa-generate-key",
            "a key pair on secp256r1 that signs and verifies",
            generate("made"),
        ),
        exact("psa-generate-key", "a name that is taken", generate("made")),
        exact(
            "psa-import-key",
            "a public key that verifies",
            import("public", verifying(256, ECDSA), &POINT),
        ),
        exact(
            "psa-import-key",
            "a key pair that signs and can be exported",
            import("pair", exportable(signing(256, ECDSA)), &SCALAR),
        ),
        exact(
            "psa-import-key",
            "a key pair that agrees secrets",
            import("agreement", agreeing(256), &SCALAR),
        ),
        exact(
            "psa-import-key",
            "no point",
            import("no", verifying(256, ECDSA), &POINT[..64]),
        ),
        exact(
            "can-do-crypto",
            "a key pair can be made",
            can(CheckType::Generate, 256),
        ),
        exact(
            "can-do-crypto",
            "there is no such curve",
            can(CheckType::Generate, 257),
        ),
    ]
}

fn use_of_keys() -> Vec<Named> {
    let export_public = |key| psa_export_public_key::Operation {
        key_name: name(key),
    };
    let export = |key| psa_export_key::Operation {
        key_name: name(key),
    };
    let sign_hash = |key, alg| psa_sign_hash::Operation {
        key_name: name(key),
        alg,
        hash: DIGEST.to_vec().into(),
    };
    let verify_hash = |hash: &[u8]| psa_verify_hash::Operation {
        key_name: name("public"),
        alg: ECDSA,
        hash: hash.to_vec().into(),
        signature: SIGNATURE.to_vec().into(),
    };
    let sign_message = |key| psa_sign_message::Operation {
        key_name: name(key),
        alg: ECDSA,
        message: MESSAGE.to_vec().into(),
    };
    let verify_message = |message: &[u8]| psa_verify_message::Operation {
        key_name: name("public"),
        alg: ECDSA,
        message: message.to_vec().into(),
        signature: SIGNATURE.to_vec().into(),
    };
    let agree = |peer: &[u8]| psa_raw_key_agreement::Operation {
        alg: RawKeyAgreement::Ecdh,
        private_key_name: name("agreement"),
        peer_key: peer.to_vec().into(),
    };
    let other = AsymmetricSignature::EcdsaAny;
    vec![
        exact(
            "psa-export-public-key",
            "the public half of a pair",
            export_public("pair"),
        ),
        exact(
            "psa-export-public-key",
            "no such key",
            export_public("none"),
        ),
        exact(
            "psa-export-key",
            "a pair that can be exported",
            export("pair"),
        ),
        exact("psa-export-key", "one that cannot", export("made")),
        random("psa-sign-hash", "a signature", sign_hash("made", ECDSA), 64),
        exact(
            "psa-sign-hash",
            "an algorithm that the policy forbids",
            sign_hash("made", other),
        ),
        exact("psa-verify-hash", "right", verify_hash(&DIGEST)),
        exact(
            "psa-verify-hash",
            "the signature of another digest",
            verify_hash(&[7; 32]),
        ),
        random("psa-sign-message", "a signature", sign_message("pair"), 64),
        exact("psa-sign-message", "a public key", sign_message("public")),
        exact("psa-verify-message", "right", verify_message(MESSAGE)),
        exact(
            "psa-verify-message",
            "the signature of another message",
            verify_message(b"other"),
        ),
        exact(
            "psa-raw-key-agreement",
            "with the public half of the pair itself",
            agree(&POINT),
        ),
        exact(
            "psa-raw-key-agreement",
            "no point of the curve",
            agree(&[4; 65]),
        ),
        random(
            "psa-generate-random",
            "32 bytes",
            psa_generate_random::Operation { size: 32 },
            32,
        ),
    ]
}

fn the_end() -> Vec<Named> {
    let destroy = |key| psa_destroy_key::Operation {
        key_name: name(key),
    };
    let keys = || list_keys::Operation {};
    let clients = || list_clients::Operation {};
    let delete = || delete_client::Operation {
        client: name("application"),
    };
    let encrypt = psa_cipher_encrypt::Operation {
        key_name: name("made"),
        alg: Cipher::Ctr,
        plaintext: MESSAGE.to_vec().into(),
    };
    vec![
        exact("psa-destroy-key", "one of four", destroy("made")),
        exact("psa-destroy-key", "again", destroy("made")),
        exact("psa-destroy-key", "the second", destroy("pair")),
        exact("psa-destroy-key", "the third", destroy("agreement")),
        core("list-keys", "the public key is left", keys(), Form::Exact),
        core("list-clients", "one application", clients(), Form::Exact),
        core("delete-client", "with its key", delete(), Form::Exact),
        core("list-keys", "none is left", keys(), Form::Exact),
        core("list-clients", "none is left", clients(), Form::Exact),
        exact(
            "other",
            "an operation that the provider does not have",
            encrypt,
        ),
    ]
}
