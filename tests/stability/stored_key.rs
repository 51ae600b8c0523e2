//! What this version stores of a key is what tests/stability/key-0.1.txt says, on the token and in the mapping; and
//! what was stored so is served.

use std::fs;
use std::path::{Path, PathBuf};

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass};
use hex_literal::hex;

use crate::fixture::{Installation, Manager, quoted};
use crate::keys::{ECDSA, signing, signs};
use crate::token_objects::{key_objects, logged_in};

const INSTANCE: &str = "rack-7/node_2";
const SECP256R1: [u8; 10] = hex!("06082a8648ce3d030107");

/// The line of the fixture, with what varies.
fn stored(what: &str, id: [u8; 4], serial: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stability/key-0.1.txt");
    let text = fs::read_to_string(file).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(what)?.strip_prefix(' '))
        .unwrap();
    let mut reversed = id;
    reversed.reverse();
    line.replace("ID-REVERSED", &hex::encode(reversed))
        .replace("INSTANCE", INSTANCE)
        .replace("ID", &hex::encode(id))
        .replace("SERIAL", &hex::encode(serial))
}

/// The identifier in the mapping, as bytes.
fn identifier(id: [u8; 4], serial: &str) -> Vec<u8> {
    hex::decode(stored("mapping", id, serial).replace(' ', "")).unwrap()
}

fn installation(label: &str) -> Installation {
    let mut installation = Installation::direct(Manager::OnDisk);
    installation.provider.insert("instance", quoted(INSTANCE));
    installation.provider.insert("label", quoted(label));
    installation
}

/// Where the mapping of `key` of `application` stands.
fn mapping(installation: &Installation) -> PathBuf {
    // base64url of the two names.
    installation.mappings.join("YXBwbGljYXRpb24=/2/a2V5")
}

fn id_of(objects: &[crate::token_objects::KeyObject]) -> [u8; 4] {
    assert_eq!(objects.len(), 2);
    let id = objects[0].id.clone();
    assert_eq!(objects[1].id, id);
    id.try_into().unwrap()
}

#[test]
fn a_key_is_stored_as_the_fixture_says() {
    for (label, line) in [("id", "label"), ("name", "label-name")] {
        let installation = installation(label);
        let service = installation.start();
        let client = service.client("application");
        client.generate("key", signing(256, ECDSA)).unwrap();
        service.stop();
        let objects = key_objects(installation.token());
        let id = id_of(&objects);
        let serial = installation.token().serial();
        assert_eq!(hex::encode(id), stored("id", id, serial));
        for object in &objects {
            assert_eq!(object.label, stored(line, id, serial));
        }
        let identifier = identifier(id, serial);
        let length = u64::try_from(identifier.len()).unwrap().to_le_bytes();
        let content = fs::read(mapping(&installation)).unwrap();
        assert!(
            content.starts_with(&[&length[..], &identifier].concat()),
            "{}",
            hex::encode(content)
        );
    }
}

#[test]
fn a_key_that_is_stored_as_the_fixture_says_is_served_and_destroyed() {
    const ID: [u8; 4] = [0xa0, 0xb0, 0xc0, 0xd0];
    let installation = installation("id");
    let token = installation.token();
    let label = stored("label", ID, token.serial()).into_bytes();
    let session = logged_in(token);
    let shared = [
        Attribute::Id(ID.to_vec()),
        Attribute::Label(label),
        Attribute::Token(true),
    ];
    let public = [
        Attribute::Class(ObjectClass::PUBLIC_KEY),
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::EcParams(SECP256R1.to_vec()),
    ];
    let private = [
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ];
    session
        .generate_key_pair(
            &Mechanism::EccKeyPairGen,
            &[&shared[..], &public].concat(),
            &[&shared[..], &private].concat(),
        )
        .unwrap();
    drop(session);
    let attributes = bincode::serialize(&signing(256, ECDSA)).unwrap();
    let identifier = identifier(ID, token.serial());
    let length = u64::try_from(identifier.len()).unwrap().to_le_bytes();
    let file = mapping(&installation);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, [&length[..], &identifier, &attributes].concat()).unwrap();

    let service = installation.start();
    let client = service.client("application");
    assert_eq!(client.key_names(), ["key"]);
    signs(&client, "key", 256).unwrap();
    client.destroy("key").unwrap();
    let log = service.stop();
    assert!(!log.contains("no mapping names it"), "{log}");
    assert_eq!(key_objects(installation.token()), []);
    assert!(!file.exists());
}
