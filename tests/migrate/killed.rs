//! A run that is killed leaves nothing or all of it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use rusqlite::{Connection, OpenFlags};

use crate::mappings::{PKCS11, on_disk, shown, sqlite, store, unix, write_many};
use crate::run::{Place, run};
use crate::snapshot::{files, snapshot};

const MAPPINGS: u32 = 300;

/// How many moments of a run it is killed at.
fn moments() -> u32 {
    std::env::var("SOAK_MIGRATION_KILLS").map_or(40, |kills| kills.parse().unwrap())
}

fn spawned(command: &mut Command) -> std::process::Child {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills a run of `command` at each of many moments from its start to its end, and lets `check` look at what it
/// left and clear that away. Tells how many runs were killed before they could end.
fn killed_everywhere(mut command: impl FnMut() -> Command, mut check: impl FnMut()) -> u32 {
    let start = Instant::now();
    assert!(spawned(&mut command()).wait().unwrap().success());
    let whole = start.elapsed();
    check();
    let mut killed = 0;
    for moment in 0..moments() {
        let mut child = spawned(&mut command());
        thread::sleep(whole * moment / moments());
        child.kill().unwrap();
        killed += u32::from(child.wait().unwrap().code().is_none());
        check();
    }
    killed
}

/// The number of mappings in a database, which must be sound.
fn count(path: &Path) -> u32 {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    let sound: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
    connection
        .query_row("SELECT count(*) FROM key_mapping", [], |row| row.get(0))
        .unwrap()
}

/// The last step gives the database its name and takes the other one away.
#[test]
fn a_second_name_is_taken_away_by_the_next_run() {
    let place = Place::new();
    write_many(&place.store(), 3);
    run(&mut place.forward()).moved(3);
    let second = place.path("kim/.database.sqlite3.unfinished-migration");
    std::fs::hard_link(place.database(), &second).unwrap();
    run(place.forward().arg("--dry-run")).is(0, "nothing-to-do");
    assert!(second.exists());
    run(&mut place.forward()).is(0, "nothing-to-do");
    assert!(!second.exists());
    assert_eq!(count(&place.database()), 3);
}

#[test]
fn a_new_database_is_whole_or_not_there() {
    let place = Place::new();
    write_many(&place.store(), MAPPINGS);
    let source = snapshot(&place.store());
    let mut whole = 0;
    let killed = killed_everywhere(
        || place.forward(),
        || {
            if place.database().exists() {
                whole += 1;
                assert_eq!(shown(&sqlite(&place.database()), PKCS11).len(), 300);
                std::fs::remove_file(place.database()).unwrap();
            }
        },
    );
    assert!(whole > 0 && killed > 0, "{whole} whole, {killed} killed");
    assert_eq!(snapshot(&place.store()), source);
    // What the killed ones left is cleared away.
    run(&mut place.forward()).moved(300);
    let left: Vec<_> = place.path("kim").read_dir().unwrap().collect();
    assert_eq!(left.len(), 1);
}

#[test]
fn a_database_that_was_there_has_all_or_what_it_had() {
    let place = Place::new();
    write_many(&place.store(), MAPPINGS);
    let (mut all, mut none) = (0, 0);
    let prepare = || {
        let _ = std::fs::remove_dir_all(place.path("kim"));
        store(
            &sqlite(&place.database()),
            PKCS11,
            unix(),
            "1000",
            "first",
            77,
        );
    };
    prepare();
    let killed = killed_everywhere(
        || {
            let mut command = place.forward();
            command.arg("--merge");
            command
        },
        || {
            match count(&place.database()) {
                1 => none += 1,
                301 => all += 1,
                other => panic!("{other} mappings"),
            }
            prepare();
        },
    );
    assert!(
        all > 0 && none > 0 && killed > 0,
        "{all} all, {none} none, {killed} killed"
    );
}

#[test]
fn a_new_directory_is_whole_or_not_there() {
    let place = Place::new();
    write_many(&place.path("old"), MAPPINGS);
    let expected = files(&place.path("old"));
    let mut forward = place.command(
        "unix-peer-credentials",
        &place.path("old"),
        &place.database(),
    );
    run(&mut forward).moved(300);
    let source = snapshot(&place.database());
    let mut whole = 0;
    let killed = killed_everywhere(
        || place.reverse(),
        || {
            if place.store().exists() {
                whole += 1;
                assert_eq!(files(&place.store()), expected);
                assert_eq!(shown(&on_disk(&place.store()), PKCS11).len(), 300);
                std::fs::remove_dir_all(place.store()).unwrap();
            }
        },
    );
    assert!(whole > 0 && killed > 0, "{whole} whole, {killed} killed");
    assert_eq!(snapshot(&place.database()), source);
    run(&mut place.reverse()).moved(300);
    assert!(!place.path(".mappings.unfinished-migration").exists());
}

#[test]
fn what_a_killed_run_left_is_no_obstacle() {
    let place = Place::new();
    write_many(&place.store(), 3);
    std::fs::create_dir(place.path("kim")).unwrap();
    for name in ["", "-journal"] {
        let left = format!("kim/.database.sqlite3.unfinished-migration{name}");
        std::fs::write(place.path(&left), b"half").unwrap();
    }
    run(&mut place.forward()).moved(3);
    assert_eq!(place.path("kim").read_dir().unwrap().count(), 1);
}
