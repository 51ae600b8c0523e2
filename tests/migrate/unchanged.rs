//! What must not change: everything in a dry run and in a second run, and the source always.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

use crate::mappings::{PKCS11, content, path, shown, sqlite, write, write_many};
use crate::run::{Place, run};
use crate::snapshot::snapshot;

#[test]
fn a_dry_run_says_what_would_move_and_changes_nothing() {
    let place = Place::new();
    write_many(&place.store(), 20);
    let everything = || snapshot(place.store().parent().unwrap());
    let before = everything();
    let said = run(place.forward().arg("--dry-run")).is(0, "would-move");
    assert_eq!(said.report["moved"], 20);
    assert_eq!(everything(), before);
    run(&mut place.forward()).moved(20);
    write(&place.store(), path("1000", 2, "another"), &content(99));
    let before = everything();
    let said = run(place.forward().args(["--dry-run", "--merge"])).is(0, "would-move");
    assert_eq!(said.report["moved"], 1);
    assert_eq!(said.report["already_there"], 20);
    assert_eq!(everything(), before);
    run(place.forward().arg("--dry-run")).is(1, "refused");
    assert_eq!(everything(), before);
    fs::rename(place.store(), place.path("old")).unwrap();
    let before = everything();
    let said = run(place.reverse().arg("--dry-run")).is(0, "would-move");
    assert_eq!(said.report["moved"], 20);
    assert_eq!(everything(), before);
}

#[test]
fn a_second_run_changes_nothing() {
    let place = Place::new();
    write_many(&place.store(), 20);
    let everything = || snapshot(place.store().parent().unwrap());
    run(&mut place.forward()).moved(20);
    let before = everything();
    let said = run(&mut place.forward()).is(0, "nothing-to-do");
    assert_eq!(said.report["already_there"], 20);
    assert_eq!(everything(), before);
    // The directory holds what the database has, so there is nothing to bring back either.
    run(&mut place.reverse()).is(0, "nothing-to-do");
    assert_eq!(everything(), before);
    fs::rename(place.store(), place.path("old")).unwrap();
    run(&mut place.reverse()).moved(20);
    let before = everything();
    run(&mut place.reverse()).is(0, "nothing-to-do");
    run(&mut place.forward()).is(0, "nothing-to-do");
    assert_eq!(everything(), before);
}

#[test]
fn the_source_stays_as_it_is() {
    let place = Place::new();
    write_many(&place.store(), 20);
    let before = snapshot(&place.store());
    run(&mut place.forward()).moved(20);
    assert_eq!(snapshot(&place.store()), before);
    fs::rename(place.store(), place.path("old")).unwrap();
    let before = snapshot(&place.database());
    run(&mut place.reverse()).moved(20);
    assert_eq!(snapshot(&place.database()), before);
}

#[test]
fn only_the_user_of_the_service_may_look_into_what_is_made() {
    let place = Place::new();
    write_many(&place.store(), 7);
    run(&mut place.forward()).moved(7);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.database()), 0o600);
    assert_eq!(mode(place.database().parent().unwrap()), 0o700);
    fs::rename(place.store(), place.path("old")).unwrap();
    run(&mut place.reverse()).moved(7);
    for (path, found, ..) in snapshot(&place.store()) {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(found & 0o777, expected, "{}", path.display());
    }
}

#[test]
fn what_is_made_belongs_to_the_owner_of_what_moves() {
    let place = Place::new();
    write_many(&place.store(), 3);
    // Only root can make it somebody else's; then it is as if root moves those of the service's user.
    for (path, ..) in snapshot(&place.store()) {
        let _ = chown(path, Some(54_321), Some(54_322));
    }
    let expected = fs::metadata(place.store()).unwrap();
    run(&mut place.forward()).moved(3);
    for path in [place.path("kim"), place.database()] {
        let made = fs::metadata(path).unwrap();
        assert_eq!((made.uid(), made.gid()), (expected.uid(), expected.gid()));
    }
    fs::rename(place.store(), place.path("old")).unwrap();
    run(&mut place.reverse()).moved(3);
    for (path, ..) in snapshot(&place.store()) {
        let made = fs::metadata(path).unwrap();
        assert_eq!((made.uid(), made.gid()), (expected.uid(), expected.gid()));
    }
}

#[test]
fn an_empty_file_and_an_empty_database_are_filled() {
    let place = Place::new();
    write_many(&place.store(), 5);
    fs::create_dir(place.path("kim")).unwrap();
    fs::write(place.database(), "").unwrap();
    run(&mut place.forward()).moved(5);
    assert_eq!(shown(&sqlite(&place.database()), PKCS11).len(), 5);
    fs::remove_file(place.database()).unwrap();
    drop(sqlite(&place.database()));
    run(&mut place.forward()).moved(5);
    assert_eq!(shown(&sqlite(&place.database()), PKCS11).len(), 5);
}

#[test]
fn a_report_that_cannot_be_written_stops_all() {
    let place = Place::new();
    write_many(&place.store(), 3);
    let mut command = place.forward();
    let output = command
        .arg("--json")
        .arg(place.path("none").join("report.json"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(!place.database().exists());
}

#[test]
fn an_empty_directory_of_mappings_makes_no_database() {
    let place = Place::new();
    fs::create_dir_all(place.store().join("parsec")).unwrap();
    let said = run(&mut place.forward()).is(0, "nothing-to-do");
    assert_eq!(said.report["moved"], 0);
    assert!(said.text.contains("holds no mappings"), "{}", said.text);
    assert!(!place.database().exists());
}

/// SQLite would take it for that of the new database.
#[test]
fn what_a_lost_database_left_beside_it_stops_all() {
    let place = Place::new();
    write_many(&place.store(), 5);
    fs::create_dir(place.path("kim")).unwrap();
    for suffix in ["-journal", "-wal", "-shm"] {
        let remnant = place.path(&format!("kim/database.sqlite3{suffix}"));
        fs::write(&remnant, "x").unwrap();
        for arguments in [&["--dry-run"][..], &[]] {
            run(place.forward().args(arguments)).failed(&[suffix, "move this file away"]);
        }
        assert!(!place.database().exists());
        fs::remove_file(remnant).unwrap();
    }
    run(&mut place.forward()).moved(5);
}

#[test]
fn a_link_to_nothing_is_no_database() {
    let place = Place::new();
    write_many(&place.store(), 1);
    fs::create_dir(place.path("kim")).unwrap();
    symlink(place.path("absent/database"), place.database()).unwrap();
    for arguments in [&["--dry-run"][..], &[]] {
        run(place.forward().args(arguments)).failed(&["is not a database"]);
    }
}

#[test]
fn what_is_no_database_is_not_touched() {
    let place = Place::new();
    write_many(&place.store(), 1);
    fs::create_dir(place.path("kim")).unwrap();
    fs::write(
        place.database(),
        "a text that is long enough to be read as a header of something".repeat(9),
    )
    .unwrap();
    let before = snapshot(&place.path("kim"));
    run(&mut place.forward()).failed(&["no whole SQLite database"]);
    assert_eq!(snapshot(&place.path("kim")), before);
    fs::remove_file(place.database()).unwrap();
    let connection = rusqlite::Connection::open(place.database()).unwrap();
    connection
        .execute_batch("CREATE TABLE songs (title TEXT)")
        .unwrap();
    drop(connection);
    let before = snapshot(&place.path("kim"));
    run(&mut place.forward()).failed(&["not one of the key info manager"]);
    assert_eq!(snapshot(&place.path("kim")), before);
    let connection = rusqlite::Connection::open(place.database()).unwrap();
    connection.execute_batch("DROP TABLE songs").unwrap();
    drop(connection);
    drop(sqlite(&place.database()));
    let connection = rusqlite::Connection::open(place.database()).unwrap();
    connection
        .execute_batch("UPDATE kim_metadata SET int_value = 2")
        .unwrap();
    drop(connection);
    run(&mut place.forward()).failed(&["another version"]);
}
