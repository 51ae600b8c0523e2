//! The service reads the mappings that Parsec 0.7.2, 0.8.1 and 1.5.0 wrote on the disk (tests/migrate/fixtures), and
//! finds the keys that they name on the token.

use std::fs;
use std::path::{Path, PathBuf};

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass};
use softhsm_test::Token;

use crate::client::Client;
use crate::fixture::{Installation, Manager};
use crate::keys::signs;
use crate::token_objects::logged_in;
use crate::written::{Id, KEYS, Key, Kind, PKCS11};

/// DER of the OID 1.2.840.10045.3.1.7.
const SECP256R1: [u8; 10] = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];

pub(crate) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/migrate/fixtures")
        .join(name)
}

/// The keys of an application, by kind and number.
fn keys(application: &str) -> impl Iterator<Item = &'static Key> {
    KEYS.iter()
        .filter(move |key| key.provider == PKCS11 && key.application == application)
}

/// Whether this provider has such keys, and so looks for them on the token.
fn is_served(key: &Key) -> bool {
    key.provider == PKCS11 && matches!(key.kind, Kind::EccPair | Kind::EccPublic | Kind::Agreement)
}

fn is_pair(key: &Key) -> bool {
    matches!(key.kind, Kind::EccPair)
}

/// Makes the key pairs that the mappings name, with the template of Parsec's own provider.
pub(crate) fn make_pairs(token: &Token) {
    let session = logged_in(token);
    for key in KEYS {
        if let (PKCS11, Kind::EccPair, Id::Number(number)) = (key.provider, key.kind, key.id) {
            let shared = [
                Attribute::Id(number.to_be_bytes().to_vec()),
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
        }
    }
}

/// All keys of the application are listed, and its key pairs sign.
pub(crate) fn serves(client: &Client, application: &str) {
    let mut names: Vec<&str> = keys(application).map(|key| key.name).collect();
    names.sort_unstable();
    assert_eq!(client.key_names(), names);
    for key in keys(application) {
        if is_pair(key) {
            signs(client, key.name, 256).unwrap();
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }
}

fn on_disk(version: &str) {
    let installation = Installation::direct(Manager::OnDisk);
    copy(
        &fixture(&format!("{version}/mappings")),
        &installation.mappings,
    );
    make_pairs(installation.token());
    let service = installation.start();
    let looked_for = KEYS.iter().filter(|key| is_served(key)).count();
    let pairs = KEYS.iter().filter(|key| is_served(key) && is_pair(key));
    let missing = looked_for - pairs.count();
    let said = format!("{missing} of {looked_for} keys are not on the token");
    service.wait_for_log(&said, 1);
    for application in ["1000", "an application?>"] {
        serves(&service.client(application), application);
    }
    // A name that is not UTF-8's simplest is found again when its key is destroyed.
    let client = service.client("an application?>");
    client.destroy("signing").unwrap();
    assert_eq!(client.key_names().len(), 1);
    let log = service.stop();
    assert!(!log.contains("is damaged"), "{log}");
}

#[test]
fn a_directory_of_0_7_2() {
    on_disk("0.7.2");
}

#[test]
fn a_directory_of_0_8_1() {
    on_disk("0.8.1");
}

#[test]
fn a_directory_of_1_5_0() {
    on_disk("1.5.0");
}
