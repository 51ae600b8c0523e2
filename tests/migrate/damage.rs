//! Files that are damaged or no mappings are listed with path and reason, and stop all.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE};

use crate::mappings::{PKCS11, content, path, shown, sqlite, write};
use crate::run::{Place, run};
use crate::snapshot::snapshot;

/// Each with a piece of its reason.
fn damaged() -> Vec<(PathBuf, Vec<u8>, &'static str)> {
    let application = URL_SAFE.encode("1000");
    let key = |file: &str| Path::new(&application).join("2").join(file);
    let whole = content(1);
    let mut trailing = whole.clone();
    trailing.push(0);
    let short_id = {
        let attributes = whole.get(12..).unwrap();
        [&3_u64.to_le_bytes()[..], &[1, 2, 3], attributes].concat()
    };
    vec![
        (path("1000", 2, "empty"), Vec::new(), "empty"),
        (
            path("1000", 2, "half"),
            whole.get(..20).unwrap().to_vec(),
            "does not decode",
        ),
        (
            path("1000", 2, "zeros"),
            vec![0; whole.len()],
            "behind the mapping",
        ),
        (
            path("1000", 2, "ones"),
            vec![255; whole.len()],
            "does not decode",
        ),
        (path("1000", 2, "more"), trailing, "behind the mapping"),
        (
            path("1000", 2, "long"),
            vec![0; (1 << 20) + 1],
            "longer than any",
        ),
        (path("1000", 2, "identifier"), short_id, "too short"),
        (
            path("1000", 9, "provider"),
            whole.clone(),
            "not the number of one",
        ),
        (
            Path::new(&application)
                .join("02")
                .join(URL_SAFE.encode("zero")),
            whole.clone(),
            "not the number of one",
        ),
        (
            Path::new(&application)
                .join("+2")
                .join(URL_SAFE.encode("plus")),
            whole.clone(),
            "not the number of one",
        ),
        (
            Path::new("not base64").join("2").join(URL_SAFE.encode("a")),
            whole.clone(),
            "application's directory",
        ),
        (
            Path::new(&URL_SAFE.encode([0xff]))
                .join("2")
                .join(URL_SAFE.encode("b")),
            whole.clone(),
            "application's directory",
        ),
        (
            key(&STANDARD_NO_PAD.encode("unpadded")),
            whole.clone(),
            "not base64url",
        ),
        (
            key(&URL_SAFE.encode([b'a', 0xff])),
            whole.clone(),
            "not UTF-8",
        ),
        (key("with+plus"), whole.clone(), "not base64url"),
        (key("YR=="), whole.clone(), "not base64url"),
        (
            Path::new(&application)
                .join("2")
                .join(std::ffi::OsStr::from_bytes(b"\xfe\xff")),
            whole.clone(),
            "not UTF-8",
        ),
        (
            Path::new("parsec").join(URL_SAFE.encode("pkcs11-broken")),
            vec![1],
            "does not decode",
        ),
        (Path::new("parsec").join("pkcs11"), whole, "not base64url"),
    ]
}

fn foreign() -> Vec<(PathBuf, &'static str)> {
    let application = URL_SAFE.encode("1000");
    vec![
        (
            PathBuf::from("README"),
            "no key info manager has files here",
        ),
        (
            Path::new(&application).join("notes"),
            "no key info manager has files here",
        ),
        (
            Path::new("parsec").join(URL_SAFE.encode("nobody")),
            "begins with no provider",
        ),
        // What Parsec wrote for an empty name of an application, and did not find again.
        (
            Path::new("2").join(URL_SAFE.encode("key")),
            "no key info manager has files here",
        ),
    ]
}

#[test]
fn each_is_listed_and_stops_all_unless_it_may_be_left_out() {
    let place = Place::new();
    let store = place.store();
    write(&store, path("1000", 2, "whole"), &content(7));
    for (path, content, _) in damaged() {
        write(&store, path, &content);
    }
    for (path, _) in foreign() {
        write(&store, path, b"something");
    }
    let too_deep = path("1000", 2, "directory").join("below");
    write(&store, &too_deep, b"x");
    let _socket = UnixListener::bind(store.join("socket")).unwrap();
    symlink("nowhere", store.join(path("1000", 2, "dangling"))).unwrap();
    let before = snapshot(&store);

    let said = run(&mut place.forward()).is(1, "refused");
    assert!(!place.database().exists());
    assert_eq!(said.report["moved"], 0);
    let text = |path: &Path| store.join(path).to_string_lossy().into_owned();
    let mut expected: Vec<(String, &str)> = damaged()
        .iter()
        .map(|(path, _, reason)| (text(path), *reason))
        .collect();
    expected.extend(foreign().iter().map(|(path, reason)| (text(path), *reason)));
    expected.push((
        text(too_deep.parent().unwrap()),
        "a directory where files are",
    ));
    expected.push((text(Path::new("socket")), "it is no file"));
    expected.push((text(&path("1000", 2, "dangling")), "it is no file"));
    assert_eq!(said.problem_count(), expected.len());
    for (path, reason) in &expected {
        let problems = said.report["problems"].as_array().unwrap();
        let problem = problems
            .iter()
            .find(|problem| problem["path"] == **path)
            .unwrap_or_else(|| panic!("{path} is not listed"));
        let said = problem["reason"].as_str().unwrap();
        assert!(said.contains(reason), "{path}: {said}, not {reason}");
        assert_eq!(problem["skipped"], false);
    }
    assert_eq!(said.problems("foreign", "path").len(), foreign().len() + 3);

    // The same with leave: the whole one moves, the rest is listed all the same.
    let said = run(place.forward().arg("--skip-damaged")).moved(1);
    assert_eq!(said.problem_count(), expected.len());
    let names: Vec<_> = shown(&sqlite(&place.database()), PKCS11)
        .into_iter()
        .map(|(application, name, id, _)| (application, name, id))
        .collect();
    assert_eq!(names, [("1000".to_owned(), "whole".to_owned(), 7)]);
    assert_eq!(snapshot(&store), before);
}

/// Reading the memory of a process at the address 0 is an input/output error, as on a disk that fails.
#[test]
fn a_file_that_cannot_be_read_is_listed_like_one_that_is_damaged() {
    let place = Place::new();
    write(&place.store(), path("1000", 2, "good"), &content(1));
    let bad = place.store().join(path("1000", 2, "bad"));
    symlink("/proc/self/mem", &bad).unwrap();
    let said = run(&mut place.forward()).is(1, "refused");
    assert_eq!(said.problems("damaged", "path"), [bad.to_str().unwrap()]);
    assert!(said.text.contains("cannot be read"), "{}", said.text);
    run(place.forward().arg("--skip-damaged")).moved(1);
}

#[test]
fn what_a_crash_of_the_service_leaves_is_in_nobodys_way() {
    let place = Place::new();
    write(&place.store(), path("1000", 2, "a"), &content(1));
    write(&place.store(), ".replacement-00000001", b"half");
    run(&mut place.forward()).moved(1);
}

#[test]
fn mappings_behind_symbolic_links_move_as_parsec_reads_them() {
    let place = Place::new();
    let elsewhere = place.path("elsewhere");
    write(&elsewhere, path("1000", 2, "a"), &content(1));
    fs::create_dir(place.store()).unwrap();
    let application = URL_SAFE.encode("1000");
    symlink(
        elsewhere.join(&application),
        place.store().join(&application),
    )
    .unwrap();
    // A circle has an end.
    symlink(
        place.store(),
        elsewhere.join(&application).join("2").join("circle"),
    )
    .unwrap();
    let said = run(&mut place.forward()).is(1, "refused");
    assert_eq!(said.problem_count(), 1);
    run(place.forward().arg("--skip-damaged")).moved(1);
}

#[test]
fn a_damaged_row_of_the_database_is_listed_and_stops_all() {
    let place = Place::new();
    write(&place.store(), path("1000", 2, "a"), &content(1));
    write(&place.store(), path("1000", 2, "b"), &content(2));
    run(&mut place.forward()).moved(2);
    let change = |sql: &str| {
        let connection = rusqlite::Connection::open(place.database()).unwrap();
        connection.execute_batch(sql).unwrap();
    };
    change("UPDATE key_mapping SET key_attributes = x'00' WHERE key_name = 'a'");
    fs::rename(place.store(), place.path("old")).unwrap();
    let said = run(&mut place.reverse()).is(1, "refused");
    assert_eq!(
        said.problems("damaged", "reason"),
        ["its attributes do not decode"]
    );
    assert!(!place.store().exists());
    run(place.reverse().arg("--skip-damaged")).moved(1);
    // Parsec would not start on it, so nothing is added to it.
    let mut forward = place.command(
        "unix-peer-credentials",
        &place.path("old"),
        &place.database(),
    );
    run(&mut forward).failed(&["cannot be used by Parsec", "restore it from a backup"]);
    change("UPDATE key_mapping SET key_id_version = 2");
    fs::rename(place.store(), place.path("older")).unwrap();
    let said = run(&mut place.reverse()).is(1, "refused");
    assert_eq!(said.problem_count(), 2);
}
