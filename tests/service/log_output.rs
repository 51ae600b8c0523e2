//! What the log says, and what it must not.

use parsec_client::core::interface::operations::psa_algorithm::Hash;

use crate::client::Client;
use crate::fixture::{Installation, Manager, quoted};
use crate::keys::{ECDSA, agreeing, exportable, signing, signs};
use crate::openssl::{self, Pair};

const APPLICATION: &str = "zebra-application";
const KEY: &str = "giraffe-key";

/// Uses everything that has a name or a secret, and fails in some ways.
fn exercise(client: &Client, pair: &Pair) -> Vec<Vec<u8>> {
    client
        .import(KEY, exportable(signing(256, ECDSA)), &pair.scalar())
        .unwrap();
    signs(client, KEY, 256).unwrap();
    client.generate(KEY, signing(256, ECDSA)).unwrap_err();
    client.generate("", signing(256, ECDSA)).unwrap_err();
    let digest = openssl::digest(Hash::Sha256, b"");
    client
        .sign_hash("giraffe-key-absent", ECDSA, &digest)
        .unwrap_err();
    client
        .verify_hash(KEY, ECDSA, &digest, &[7; 64])
        .unwrap_err();
    let agreement = "giraffe-key-agreement";
    client
        .generate(agreement, exportable(agreeing(256)))
        .unwrap();
    let secret = client
        .agree(agreement, &Pair::generate(256).point())
        .unwrap();
    let scalar = client.export(agreement).unwrap();
    client.destroy(agreement).unwrap();
    vec![pair.scalar(), scalar, secret]
}

/// `secret` in each way that something might be printed.
fn forms(secret: &[u8]) -> Vec<String> {
    let debug = format!("{secret:?}");
    let list = debug
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned();
    vec![hex::encode(secret), hex::encode_upper(secret), list]
}

#[test]
fn names_and_secrets_are_not_in_the_log() {
    for manager in Manager::ALL {
        let mut installation = Installation::direct(manager);
        installation
            .core_settings
            .insert("log_level", quoted("trace"));
        let service = installation.start();
        let pair = Pair::generate(256);
        let secrets = exercise(&service.client(APPLICATION), &pair);
        let mut log = service.stop();
        // A start that reads the mappings, and a key that is destroyed.
        let service = installation.start();
        let client = service.client(APPLICATION);
        signs(&client, KEY, 256).unwrap();
        client.destroy(KEY).unwrap();
        log.push_str(&service.stop());

        for line in log.lines() {
            assert!(
                !line.contains("zebra") && !line.contains("giraffe"),
                "{line}"
            );
        }
        for form in secrets.iter().flat_map(|secret| forms(secret)) {
            assert!(!log.contains(&form), "a secret is in the log");
        }
        assert!(log.contains("TRACE"));
    }
}

#[test]
fn names_are_in_the_log_when_asked_for() {
    let mut installation = Installation::direct(Manager::Sqlite);
    installation
        .core_settings
        .insert("log_error_details", "true".to_owned());
    let service = installation.start();
    let pair = Pair::generate(256);
    let secrets = exercise(&service.client(APPLICATION), &pair);
    let log = service.stop();
    assert!(log.contains(APPLICATION), "{log}");
    for form in secrets.iter().flat_map(|secret| forms(secret)) {
        assert!(!log.contains(&form), "a secret is in the log");
    }
}
