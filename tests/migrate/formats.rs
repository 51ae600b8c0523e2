//! Mappings that Parsec 0.7.2, 0.8.1 and 1.5.0 wrote: tests/migrate/fixtures, made by ci/fixtures/make-mappings.

use std::path::PathBuf;

use parsec_interface::operations::psa_key_attributes::{Attributes, EccFamily, Type};
use parsec_service::authenticators::ApplicationIdentity;
use parsec_service::key_info_managers::KeyInfoManagerFactory;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};

use crate::mappings::{MBED, PKCS11, TPM, identity, sqlite, unix};
use crate::run::{Place, run};
use crate::snapshot::{files, snapshot};
use crate::written::{self, Id, KEYS, Key, Kind};

fn fixture(version: &str, name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/migrate/fixtures")
        .join(version)
        .join(name)
}

fn key_type(kind: Kind) -> (Type, usize) {
    let pair = |curve_family| Type::EccKeyPair { curve_family };
    let curve_family = EccFamily::BrainpoolPR1;
    match kind {
        Kind::EccPair => (pair(EccFamily::SecpR1), 256),
        Kind::EccPublic => (Type::EccPublicKey { curve_family }, 384),
        Kind::RsaPair => (Type::RsaKeyPair, 2048),
        Kind::Agreement => (pair(EccFamily::Montgomery), 255),
        Kind::Aes => (Type::Aes, 128),
    }
}

fn check_usage(kind: Kind, attributes: &Attributes) {
    let flags = attributes.policy.usage_flags;
    let signs = matches!(kind, Kind::EccPair | Kind::RsaPair);
    assert_eq!(flags.sign_hash(), signs);
    assert_eq!(
        flags.verify_hash(),
        signs || matches!(kind, Kind::EccPublic)
    );
    assert_eq!(flags.derive(), matches!(kind, Kind::Agreement));
    assert_eq!(flags.decrypt(), matches!(kind, Kind::Aes));
    assert_eq!(flags.export(), matches!(kind, Kind::EccPublic | Kind::Aes));
}

fn check(factory: &KeyInfoManagerFactory, key: &Key) {
    let provider = match key.provider {
        written::PKCS11 => PKCS11,
        written::MBED_CRYPTO => MBED,
        _ => TPM,
    };
    let client = factory.build_client(identity(provider));
    let application = ApplicationIdentity::new_with_auth(key.application.to_owned(), unix());
    let identity = client.get_key_identity(application, key.name.to_owned());
    match key.id {
        Id::Number(number) => assert_eq!(client.get_key_id::<u32>(&identity).unwrap(), number),
        Id::Bytes(first, second) => {
            let id: (Vec<u8>, Vec<u8>) = client.get_key_id(&identity).unwrap();
            assert_eq!(id, (first.to_vec(), second.to_vec()));
        }
    }
    let attributes = client.get_key_attributes(&identity).unwrap();
    assert_eq!((attributes.key_type, attributes.bits), key_type(key.kind));
    check_usage(key.kind, &attributes);
    // The manager looks mappings up without the provider; the list tells whose they are.
    assert!(client.get_all().unwrap().contains(&identity));
}

fn every_key_moves(version: &str, keys: &[&Key], internal: usize) {
    let place = Place::new();
    let store = fixture(version, "mappings");
    let before = snapshot(&store);
    let mut there = place.command("unix-peer-credentials", &store, &place.database());
    run(&mut there).moved(keys.len() + internal);
    let factory = sqlite(&place.database());
    for key in keys {
        check(&factory, key);
    }
    assert_eq!(snapshot(&store), before);
    // And back, byte for byte.
    run(&mut place.reverse()).moved(keys.len() + internal);
    assert_eq!(files(&place.store()), files(&store));
    assert_eq!(snapshot(&store), before);
}

#[test]
fn all_that_0_7_2_wrote_moves_and_comes_back() {
    every_key_moves("0.7.2", &KEYS.iter().collect::<Vec<_>>(), 0);
}

#[test]
fn all_that_0_8_1_wrote_moves_and_comes_back() {
    every_key_moves("0.8.1", &KEYS.iter().collect::<Vec<_>>(), 0);
}

#[test]
fn all_that_1_5_0_wrote_moves_and_comes_back() {
    let keys: Vec<_> = KEYS
        .iter()
        .filter(|key| key.provider != written::TPM)
        .collect();
    every_key_moves("1.5.0", &keys, 1);
}

fn table(path: &PathBuf, query: &str) -> Vec<Vec<Value>> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut statement = connection.prepare(query).unwrap();
    let columns = statement.column_count();
    let rows = statement
        .query_map([], |row| {
            (0..columns).map(|column| row.get(column)).collect()
        })
        .unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn a_database_holds_what_1_5_0_writes_itself() {
    let place = Place::new();
    let store = fixture("1.5.0", "mappings");
    run(&mut place.command("unix-peer-credentials", &store, &place.database())).moved(11);
    let own = fixture("1.5.0", "database.sqlite3");
    for query in [
        "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name",
        "SELECT * FROM kim_metadata",
        "SELECT *, typeof(authenticator_id), typeof(application_name), typeof(key_id), typeof(key_id_version) \
         FROM key_mapping ORDER BY authenticator_id, application_name, key_name",
    ] {
        let rows = table(&place.database(), query);
        assert!(!rows.is_empty());
        assert_eq!(rows, table(&own, query), "{query}");
    }
}

#[test]
fn a_directory_holds_what_1_5_0_writes_itself() {
    let place = Place::new();
    let database = fixture("1.5.0", "database.sqlite3");
    let before = snapshot(&database);
    let mut back = place.command("unix-peer-credentials", &database, &place.store());
    run(back.arg("--reverse")).moved(11);
    assert_eq!(files(&place.store()), files(&fixture("1.5.0", "mappings")));
    assert_eq!(snapshot(&database), before);
}
