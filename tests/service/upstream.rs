//! Keys made by Parsec's own provider work here, and ours there: after an upgrade and a downgrade.

use parsec_client::core::interface::operations::list_keys::KeyInfo;
use parsec_client::core::interface::operations::psa_algorithm::{
    AsymmetricSignature, Hash, SignHash,
};
use parsec_client::core::interface::operations::psa_key_attributes::{Attributes, Type};
use parsec_client::core::interface::requests::ResponseStatus;

use crate::client::Client;
use crate::fixture::{Installation, Manager, Program};
use crate::keys::{CURVES, ECDSA, attributes, sign_and_verify, signing, signs, verifying};
use crate::openssl::{self, Pair};
use crate::token_objects::key_objects;

const RSA: AsymmetricSignature = AsymmetricSignature::RsaPkcs1v15Sign {
    hash_alg: SignHash::Specific(Hash::Sha256),
};
const RSA_KEY: &str = "rsa";

fn rsa() -> Attributes {
    attributes(Type::RsaKeyPair, 2048, sign_and_verify(), RSA)
}

/// What must be the same whoever serves.
#[derive(Debug, PartialEq)]
struct State {
    /// Name, attributes and public key, sorted by name; no public key of an RSA key.
    keys: Vec<(String, Attributes, Option<Vec<u8>>)>,
}

impl State {
    fn of(client: &Client) -> Self {
        let described = |key: KeyInfo| {
            let public = (key.name != RSA_KEY).then(|| client.export_public(&key.name).unwrap());
            (key.name, key.attributes, public)
        };
        let mut keys: Vec<_> = client.keys().unwrap().into_iter().map(described).collect();
        keys.sort_by(|a, b| a.0.cmp(&b.0));
        Self { keys }
    }
}

fn digest() -> Vec<u8> {
    openssl::digest(Hash::Sha256, b"a message")
}

/// A signature of each key pair, by whoever serves.
fn sign_all(client: &Client) -> Vec<(String, Vec<u8>)> {
    let names = CURVES.iter().map(|bits| format!("pair-{bits}"));
    names
        .map(|name| {
            let signature = client.sign_hash(&name, ECDSA, &digest()).unwrap();
            (name, signature)
        })
        .collect()
}

fn verify_all(client: &Client, signatures: &[(String, Vec<u8>)]) {
    for (name, signature) in signatures {
        client
            .verify_hash(name, ECDSA, &digest(), signature)
            .unwrap();
    }
}

fn all_sign(client: &Client) {
    for bits in CURVES {
        signs(client, &format!("pair-{bits}"), bits).unwrap();
    }
}

/// The imported public keys verify what OpenSSL signed.
fn public_keys_verify(client: &Client, pairs: &[(usize, Pair)]) {
    for (bits, pair) in pairs {
        let name = format!("public-{bits}");
        assert_eq!(client.export_public(&name).unwrap(), pair.point());
        client
            .verify_hash(&name, ECDSA, &digest(), &pair.sign(&digest()))
            .unwrap();
    }
}

fn generate_pairs(client: &Client) {
    for bits in CURVES {
        client
            .generate(&format!("pair-{bits}"), signing(bits, ECDSA))
            .unwrap();
    }
}

/// `given` is the size that the import names.
fn import_public_keys(
    client: &Client,
    curves: &[usize],
    given: fn(usize) -> usize,
) -> Vec<(usize, Pair)> {
    let import = |&bits: &usize| {
        let pair = Pair::generate(bits);
        let attributes = verifying(given(bits), ECDSA);
        client
            .import(&format!("public-{bits}"), attributes, &pair.point())
            .unwrap();
        (bits, pair)
    };
    curves.iter().map(import).collect()
}

fn rsa_works(client: &Client) {
    let signature = client.sign_hash(RSA_KEY, RSA, &digest()).unwrap();
    client
        .verify_hash(RSA_KEY, RSA, &digest(), &signature)
        .unwrap();
}

fn rsa_is_listed_and_left_alone(client: &Client) {
    let keys = client.keys().unwrap();
    let listed = keys.iter().find(|key| key.name == RSA_KEY).unwrap();
    assert_eq!(listed.attributes, rsa());
    let not_supported = ResponseStatus::PsaErrorNotSupported;
    assert_eq!(
        client.sign_hash(RSA_KEY, RSA, &digest()),
        Err(not_supported)
    );
    assert_eq!(
        client.verify_hash(RSA_KEY, RSA, &digest(), &[7; 256]),
        Err(not_supported)
    );
    assert_eq!(client.export_public(RSA_KEY), Err(not_supported));
    assert_eq!(client.export(RSA_KEY), Err(not_supported));
    assert_eq!(client.destroy(RSA_KEY), Err(not_supported));
    let exists = Err(ResponseStatus::PsaErrorAlreadyExists);
    assert_eq!(client.generate(RSA_KEY, signing(256, ECDSA)), exists);
}

fn upgrade_and_downgrade(manager: Manager) {
    let installation = Installation::direct(manager);
    let service = installation.start_program(Program::Upstream);
    let client = service.client("alice");
    generate_pairs(&client);
    client.generate(RSA_KEY, rsa()).unwrap();
    // Upstream cannot import public keys of 521 bits.
    let pairs = import_public_keys(&client, &CURVES[..4], |bits| bits);
    let state = State::of(&client);
    let signatures = sign_all(&client);
    service.stop();

    let service = installation.start();
    let client = service.client("alice");
    assert_eq!(State::of(&client), state);
    verify_all(&client, &signatures);
    all_sign(&client);
    public_keys_verify(&client, &pairs);
    rsa_is_listed_and_left_alone(&client);
    assert_eq!(State::of(&client), state);
    let signatures = sign_all(&client);
    // Another application's keys are none of alice's here either.
    assert_eq!(service.client("bob").key_names(), [""; 0]);
    service.wait_for_log("Every key that a mapping names is on the token", 1);
    let log = service.stop();
    assert!(
        log.contains("9 elliptic-curve key mappings were found"),
        "{log}"
    );
    assert!(
        log.contains("1 mappings are of keys that are not elliptic-curve keys"),
        "{log}"
    );

    let service = installation.start_program(Program::Upstream);
    let client = service.client("alice");
    assert_eq!(State::of(&client), state);
    verify_all(&client, &signatures);
    all_sign(&client);
    public_keys_verify(&client, &pairs);
    rsa_works(&client);
    service.stop();
}

fn our_keys_there(manager: Manager) {
    let installation = Installation::direct(manager);
    let service = installation.start();
    let client = service.client("alice");
    generate_pairs(&client);
    let pairs = import_public_keys(&client, &CURVES, |_| 0);
    let imported = Pair::generate(256);
    client
        .import("imported", signing(256, ECDSA), &imported.scalar())
        .unwrap();
    let state = State::of(&client);
    let signatures = sign_all(&client);
    service.stop();

    let service = installation.start_program(Program::Upstream);
    let client = service.client("alice");
    assert_eq!(State::of(&client), state);
    verify_all(&client, &signatures);
    all_sign(&client);
    public_keys_verify(&client, &pairs);
    signs(&client, "imported", 256).unwrap();
    service.stop();
    // Upstream changes no mapping, so an upgrade finds them as they were.
    let service = installation.start();
    let client = service.client("alice");
    assert_eq!(State::of(&client), state);
    all_sign(&client);
    service.stop();
}

/// Each of the two destroys what the other made, wholly.
fn destruction(manager: Manager) {
    let installation = Installation::direct(manager);
    for (maker, destroyer) in [
        (Program::Upstream, Program::Ours),
        (Program::Ours, Program::Upstream),
    ] {
        let service = installation.start_program(maker);
        let client = service.client("alice");
        generate_pairs(&client);
        import_public_keys(&client, &CURVES[..4], |bits| bits);
        client.generate("kept", signing(256, ECDSA)).unwrap();
        service.stop();

        let service = installation.start_program(destroyer);
        let client = service.client("alice");
        for name in client.key_names() {
            if name != "kept" {
                client.destroy(&name).unwrap();
            }
        }
        assert_eq!(client.key_names(), ["kept"]);
        service.stop();
        assert_eq!(key_objects(installation.token()).len(), 2);

        let service = installation.start_program(maker);
        let client = service.client("alice");
        assert_eq!(client.key_names(), ["kept"]);
        signs(&client, "kept", 256).unwrap();
        client.destroy("kept").unwrap();
        service.stop();
        assert_eq!(key_objects(installation.token()), []);
    }
}

#[test]
fn upgrade_and_downgrade_on_disk() {
    upgrade_and_downgrade(Manager::OnDisk);
}

#[test]
fn upgrade_and_downgrade_in_sqlite() {
    upgrade_and_downgrade(Manager::Sqlite);
}

#[test]
fn our_keys_work_there_on_disk() {
    our_keys_there(Manager::OnDisk);
}

#[test]
fn our_keys_work_there_in_sqlite() {
    our_keys_there(Manager::Sqlite);
}

#[test]
fn each_destroys_the_keys_of_the_other() {
    Manager::ALL.into_iter().for_each(destruction);
}

/// A public key that upstream imported with its size left open: its mapping names none.
#[test]
fn sizes_that_were_left_open() {
    for manager in Manager::ALL {
        let installation = Installation::direct(manager);
        let service = installation.start_program(Program::Upstream);
        let pairs = import_public_keys(&service.client("alice"), &CURVES[..4], |_| 0);
        service.stop();

        let service = installation.start();
        let client = service.client("alice");
        public_keys_verify(&client, &pairs);
        for key in client.keys().unwrap() {
            assert_eq!(key.attributes.bits, 0);
            client.destroy(&key.name).unwrap();
        }
        service.stop();
        assert_eq!(key_objects(installation.token()), []);
    }
}
