//! Owns the target of mappings on disk that are migrated: what is read is what Parsec's on-disk manager reads
//! and would write, byte for byte, and only what it would not write is refused; in a database it is the same.
//!
//! The input: a relative path, a zero byte, and the content of the file.

#![no_main]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::slice;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use parsec_interface::requests::AuthType;
use parsec_pkcs11_ecc::migrate::fuzzing::{read_database, read_store};
use parsec_pkcs11_ecc_fuzz::managers::{Id, kept, manager, shown};
use parsec_pkcs11_ecc_fuzz::row::Database;
use parsec_service::providers::{ProviderIdentity, core, pkcs11};
use parsec_service::utils::config::KeyInfoManagerType;
use tempfile::TempDir;

/// The name of each provider in the configuration.
const NAME: &str = "provider";

static DIRECTORY: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a directory"));

thread_local! {
    static DATABASE: Database = Database::new();
}

/// A path that stays in the store and can be made.
fn relative(bytes: &[u8]) -> Option<PathBuf> {
    let path = Path::new(OsStr::from_bytes(bytes));
    let inside = path.components().all(|part| match part {
        Component::Normal(name) => name.len() <= 255,
        _ => false,
    });
    (inside && path.components().next().is_some()).then(|| path.components().collect())
}

fuzz_target!(|input: &[u8]| {
    let Some(end) = input.iter().position(|byte| *byte == 0) else {
        return;
    };
    let Some(path) = relative(&input[..end]) else {
        return;
    };
    let content = &input[end + 1..];
    for entry in fs::read_dir(DIRECTORY.path()).expect("ours") {
        fs::remove_dir_all(entry.expect("ours").path()).expect("ours");
    }
    let store = DIRECTORY.path().join("store");
    let by_parsec = DIRECTORY.path().join("by parsec");
    let file = store.join(&path);
    fs::create_dir_all(file.parent().expect("it is below the store")).expect("ours");
    fs::write(&file, content).expect("ours");
    let as_it_is = Some((path.clone(), content.to_vec()));

    let found = read_store(&store, AuthType::Direct, NAME).expect("all of it can be read");
    let parsec = manager(KeyInfoManagerType::OnDisk, &store, AuthType::Direct);
    let Some(mapping) = found.mappings.first() else {
        let is_replacement = path.components().count() == 1
            && path
                .to_str()
                .is_some_and(|name| name.starts_with(".replacement-"));
        assert_eq!(found.problems.is_empty(), is_replacement);
        for uuid in [
            core::Provider::PROVIDER_UUID,
            pkcs11::Provider::PROVIDER_UUID,
        ] {
            let provider = ProviderIdentity::new(uuid.to_owned(), NAME.to_owned());
            let seen = parsec.as_ref().and_then(|parsec| shown(parsec, &provider));
            for mapping in seen.into_iter().flatten() {
                // What Parsec reads and does not write: another name, bytes behind it, no number.
                let is_short = uuid == pkcs11::Provider::PROVIDER_UUID && mapping.1.0.len() < 4;
                assert!(is_short || kept(&by_parsec, AuthType::Direct, &mapping) != as_it_is);
            }
        }
        return;
    };
    assert!(found.mappings.len() == 1 && found.problems.is_empty());
    assert_eq!(mapping.file().ok(), as_it_is);
    let parsec = parsec.expect("Parsec starts with what is read");
    let read = (
        mapping.identity(),
        Id(mapping.id().to_vec()),
        mapping.attributes(),
    );
    // Of a provider that it is built without, Parsec tells nothing.
    if let Some(seen) = shown(&parsec, read.0.provider()) {
        assert_eq!(seen.as_slice(), slice::from_ref(&read));
        assert_eq!(kept(&by_parsec, AuthType::Direct, &read), as_it_is);
    }

    DATABASE.with(|database| {
        database.empty();
        let inserted = mapping.insert_into(database.path());
        inserted.expect("a database takes what was read");
        let again = read_database(database.path()).expect("it is one");
        assert_eq!(again, found);
        let parsec = manager(
            KeyInfoManagerType::SQLite,
            database.path(),
            AuthType::Direct,
        );
        let seen = parsec.and_then(|parsec| shown(&parsec, read.0.provider()));
        assert_eq!(seen.expect("Parsec starts with what was written"), [read]);
    });
});
