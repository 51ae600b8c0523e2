//! Owns the target of rows that are migrated: what is read is what Parsec's SQLite manager reads and would
//! write; it goes to the disk exactly if Parsec's on-disk manager keeps it there, and comes back the same.
//!
//! The input: `fuzz/src/row.rs`.

#![no_main]

use std::fs;
use std::slice;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use parsec_interface::operations::psa_key_attributes::Attributes;
use parsec_interface::requests::AuthType;
use parsec_pkcs11_ecc::migrate::fuzzing::{ReadMapping, read_database, read_store};
use parsec_pkcs11_ecc_fuzz::managers::{Id, Shown, kept, manager, shown};
use parsec_pkcs11_ecc_fuzz::row::{self, Database};
use parsec_service::providers::{ProviderIdentity, pkcs11};
use parsec_service::utils::config::KeyInfoManagerType;
use rusqlite::types::Value;
use tempfile::TempDir;

static DIRECTORY: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a directory"));

thread_local! {
    static DATABASE: Database = Database::new();
}

fuzz_target!(|input: &[u8]| {
    if let Some(row) = row::decode(input) {
        DATABASE.with(|database| {
            database.empty();
            if database.insert(&row) {
                check(database);
            }
        });
    }
});

fn check(database: &Database) {
    let stored = database.rows();
    let [row] = stored.as_slice() else {
        panic!("{stored:?}");
    };
    let found = read_database(database.path()).expect("it is one");
    assert_eq!(
        found.mappings.len() + found.strangers + found.problems.len(),
        1
    );
    let parsec = manager(
        KeyInfoManagerType::SQLite,
        database.path(),
        AuthType::Direct,
    );
    if !found.problems.is_empty() {
        assert!(parsec.is_none() || is_never_written(row));
        return;
    }
    let parsec = parsec.expect("Parsec starts with what is read");
    let [_, _, _, Value::Text(uuid), Value::Text(name), ..] = row.as_slice() else {
        panic!("{row:?}");
    };
    let provider = ProviderIdentity::new(uuid.clone(), name.clone());
    let seen = shown(&parsec, &provider).expect("a database knows all providers");
    assert_eq!(seen.len(), 1);
    let Some(mapping) = found.mappings.first() else {
        return;
    };
    let read = (
        mapping.identity(),
        Id(mapping.id().to_vec()),
        mapping.attributes(),
    );
    assert_eq!(seen.as_slice(), slice::from_ref(&read));
    assert!(read.0.belongs_to_provider(&provider));
    database.empty();
    let inserted = mapping.insert_into(database.path());
    inserted.expect("a database takes what was read");
    assert_eq!(database.rows(), stored);
    to_disk(mapping, &read);
}

/// What Parsec passes over: bytes behind the attributes, or a PKCS#11 identifier of less than a number.
fn is_never_written(row: &[Value]) -> bool {
    let [
        _,
        _,
        _,
        uuid,
        _,
        Value::Blob(id),
        _,
        Value::Blob(attributes),
        _,
    ] = row
    else {
        return false;
    };
    let pkcs11 = Value::Text(pkcs11::Provider::PROVIDER_UUID.to_owned());
    let decoded: Attributes = bincode::deserialize(attributes).expect("Parsec read it");
    let again = bincode::serialize(&decoded).expect("Parsec would write it");
    again != *attributes || (*uuid == pkcs11 && id.len() < 4)
}

fn to_disk(mapping: &ReadMapping, read: &Shown) {
    for entry in fs::read_dir(DIRECTORY.path()).expect("ours") {
        fs::remove_dir_all(entry.expect("ours").path()).expect("ours");
    }
    let store = DIRECTORY.path().join("store");
    let by_parsec = DIRECTORY.path().join("by parsec");
    let (provider, auth_type) = (read.0.provider(), mapping.auth_type());
    let written = mapping.file().ok();
    let empty = DIRECTORY.path().join("empty");
    let parsec = manager(KeyInfoManagerType::OnDisk, &empty, auth_type).expect("it is empty");
    // Of a provider that it is built without, Parsec keeps nothing.
    let is_known = shown(&parsec, provider).is_some();
    if is_known {
        assert_eq!(written, kept(&by_parsec, auth_type, read));
    }
    let Some((path, content)) = written else {
        return;
    };
    let file = store.join(path);
    fs::create_dir_all(file.parent().expect("it is below the store")).expect("ours");
    fs::write(&file, content).expect("ours");
    let again = read_store(&store, auth_type, provider.name()).expect("all of it can be read");
    assert!(again.problems.is_empty());
    assert_eq!(again.mappings.as_slice(), slice::from_ref(mapping));
}
