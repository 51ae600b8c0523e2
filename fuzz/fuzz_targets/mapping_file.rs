//! Owns the target of mapping files: the scan refuses what Parsec's on-disk manager refuses, no more and no
//! less, and once those are moved aside the manager starts.
//!
//! The input: the length of a relative path, the path, and the content of the file.

#![no_main]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use parsec_interface::requests::AuthType;
use parsec_pkcs11_ecc::service::fuzzing::{damaged_mappings, move_damaged_mappings};
use parsec_pkcs11_ecc_fuzz::managers::manager;
use parsec_service::utils::config::KeyInfoManagerType;
use tempfile::TempDir;

static DIRECTORY: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a directory"));

fn manager_starts(store: &Path) -> bool {
    manager(KeyInfoManagerType::OnDisk, store, AuthType::Direct).is_some()
}

/// A path that stays in the store.
fn relative(bytes: &[u8]) -> Option<PathBuf> {
    let path = Path::new(OsStr::from_bytes(bytes));
    let inside = path.components().all(|part| match part {
        Component::Normal(name) => name.len() < 200 && !name.as_bytes().contains(&0),
        _ => false,
    });
    (inside && path.components().next().is_some()).then(|| path.components().collect())
}

fuzz_target!(|input: &[u8]| {
    let Some((&length, rest)) = input.split_first() else {
        return;
    };
    let (path, content) = rest.split_at(rest.len().min(usize::from(length)));
    let Some(path) = relative(path) else {
        return;
    };
    for entry in fs::read_dir(DIRECTORY.path()).expect("ours") {
        fs::remove_dir_all(entry.expect("ours").path()).expect("ours");
    }
    let store = DIRECTORY.path().join("store");
    let file = store.join(&path);
    fs::create_dir_all(file.parent().expect("it is below the store")).expect("ours");
    fs::write(&file, content).expect("ours");

    let damaged = damaged_mappings(&store).expect("all of it can be read");
    assert!(damaged.iter().all(|found| *found == path));
    assert_eq!(damaged.is_empty(), manager_starts(&store));
    move_damaged_mappings(&store).expect("all of it can be moved");
    assert!(manager_starts(&store));
    assert_eq!(file.is_file(), damaged.is_empty());
});
