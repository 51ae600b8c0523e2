//! Signing and verification through the socket, judged by OpenSSL.

use parsec_client::core::interface::operations::psa_algorithm::{AsymmetricSignature, Hash};
use parsec_client::core::interface::requests::ResponseStatus;

use crate::client::Client;
use crate::fixture::{Authenticator, Installation, Manager};
use crate::keys::{ANY_HASH, CURVES, deterministic, ecdsa, signing, verifying};
use crate::openssl::{self, HASHES, Pair};

const MESSAGE: &[u8] =
    b"a message that is longer than any digest of it, and no multiple of a block";

fn every_hash(client: &Client, bits: usize) {
    let name = format!("any-hash-{bits}");
    client.generate(&name, signing(bits, ANY_HASH)).unwrap();
    let point = client.export_public(&name).unwrap();
    for (hash, _) in HASHES {
        let algorithm = ecdsa(hash);
        let digest = openssl::digest(hash, MESSAGE);

        let of_digest = client.sign_hash(&name, algorithm, &digest).unwrap();
        let of_message = client.sign_message(&name, algorithm, MESSAGE).unwrap();
        for signature in [of_digest, of_message] {
            assert!(
                openssl::verifies(bits, &point, &digest, &signature),
                "{bits} {hash:?}"
            );
            client
                .verify_hash(&name, algorithm, &digest, &signature)
                .unwrap();
            client
                .verify_message(&name, algorithm, MESSAGE, &signature)
                .unwrap();
            let refused = client.verify_message(&name, algorithm, b"another", &signature);
            assert_eq!(
                refused,
                Err(ResponseStatus::PsaErrorInvalidSignature),
                "{bits} {hash:?}"
            );
        }
    }
}

/// OpenSSL signs, the service verifies with the imported public key.
fn every_hash_of_a_public_key(client: &Client, bits: usize) {
    let pair = Pair::generate(bits);
    let name = format!("public-{bits}");
    client
        .import(&name, verifying(bits, ANY_HASH), &pair.point())
        .unwrap();
    for (hash, _) in HASHES {
        let digest = openssl::digest(hash, MESSAGE);
        let mut signature = pair.sign(&digest);
        client
            .verify_hash(&name, ecdsa(hash), &digest, &signature)
            .unwrap();
        client
            .verify_message(&name, ecdsa(hash), MESSAGE, &signature)
            .unwrap();
        signature[0] ^= 1;
        let refused = client.verify_hash(&name, ecdsa(hash), &digest, &signature);
        assert_eq!(
            refused,
            Err(ResponseStatus::PsaErrorInvalidSignature),
            "{bits} {hash:?}"
        );
    }
}

fn digests_of_any_length(client: &Client, bits: usize) {
    let any = AsymmetricSignature::EcdsaAny;
    let name = format!("ecdsa-any-{bits}");
    client.generate(&name, signing(bits, any)).unwrap();
    let point = client.export_public(&name).unwrap();
    for length in [1, 16, 20, 24, 27, 28, 31, 32, 33, 48, 64, 65, 66, 67, 100] {
        let digest: Vec<u8> = (1..=length)
            .map(|byte: u8| byte.wrapping_mul(0x9d))
            .collect();
        let signature = client.sign_hash(&name, any, &digest).unwrap();
        assert!(
            openssl::verifies(bits, &point, &digest, &signature),
            "{bits} {length}"
        );
        client.verify_hash(&name, any, &digest, &signature).unwrap();
    }
    let unhashed = client.sign_message(&name, any, MESSAGE);
    assert_eq!(unhashed, Err(ResponseStatus::PsaErrorInvalidArgument));
}

/// RFC 6979 cannot be promised by a token, but its signatures are ECDSA signatures.
fn deterministic_signatures(client: &Client, bits: usize) {
    let algorithm = deterministic(Hash::Sha256);
    let pair = Pair::generate(bits);
    let digest = openssl::digest(Hash::Sha256, MESSAGE);
    let name = format!("deterministic-{bits}");
    client
        .import(&name, signing(bits, algorithm), &pair.scalar())
        .unwrap();
    client
        .verify_hash(&name, algorithm, &digest, &pair.sign(&digest))
        .unwrap();
    client
        .verify_message(&name, algorithm, MESSAGE, &pair.sign(&digest))
        .unwrap();
    let not_supported = Err(ResponseStatus::PsaErrorNotSupported);
    assert_eq!(client.sign_hash(&name, algorithm, &digest), not_supported);
    assert_eq!(
        client.sign_message(&name, algorithm, MESSAGE),
        not_supported
    );
}

fn every_way(client: &Client) {
    for bits in CURVES {
        every_hash(client, bits);
        every_hash_of_a_public_key(client, bits);
        digests_of_any_length(client, bits);
        deterministic_signatures(client, bits);
    }
}

#[test]
fn on_the_token() {
    let installation = Installation::new(Manager::OnDisk, Authenticator::UnixPeerCredentials);
    let service = installation.start();
    every_way(&service.client("alice"));
    service.stop();
}

#[test]
fn verified_in_software() {
    let mut installation = Installation::direct(Manager::Sqlite);
    installation
        .provider
        .insert("software_public_operations", "true".to_owned());
    let service = installation.start();
    every_way(&service.client("alice"));
    service.stop();
}
