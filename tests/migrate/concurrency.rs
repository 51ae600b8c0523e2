//! Nobody else at work: no service, no other migration, nobody who writes to the database.

use std::os::unix::net::UnixListener;
use std::process::Stdio;

use rusqlite::Connection;

use crate::mappings::{PKCS11, shown, sqlite, write_many};
use crate::run::{Place, run};
use crate::snapshot::snapshot;

#[test]
fn it_refuses_while_something_answers_on_the_socket() {
    let place = Place::new();
    write_many(&place.store(), 3);
    let listener = UnixListener::bind(place.path("no.sock")).unwrap();
    run(&mut place.forward()).failed(&["a service answers on", "stop it"]);
    run(place.forward().arg("--dry-run")).failed(&["a service answers on"]);
    run(&mut place.reverse()).failed(&["a service answers on"]);
    assert!(!place.path("kim").exists());
    drop(listener);
    // The stale file of a service that was killed.
    run(&mut place.forward()).moved(3);
}

#[test]
fn it_refuses_while_somebody_writes_to_the_database() {
    let place = Place::new();
    write_many(&place.store(), 3);
    drop(sqlite(&place.database()));
    let before = snapshot(&place.database());
    let other = Connection::open(place.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    run(&mut place.forward()).failed(&["cannot be locked", "another program is using it"]);
    run(&mut place.reverse()).failed(&["cannot be locked"]);
    other.execute_batch("ROLLBACK").unwrap();
    // Not earlier: who closes the file ends the locks that this process has on it.
    assert_eq!(snapshot(&place.database()), before);
    run(&mut place.forward()).moved(3);
}

#[test]
fn migrations_at_the_same_time_make_one_whole_database() {
    let place = Place::new();
    write_many(&place.store(), 500);
    let children: Vec<_> = (0..4)
        .map(|_| {
            let mut command = place.forward();
            command.stdout(Stdio::null()).stderr(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    let outputs: Vec<_> = children
        .into_iter()
        .map(|child| child.wait_with_output().unwrap())
        .collect();
    assert!(outputs.iter().any(|output| output.status.success()));
    for output in outputs.iter().filter(|output| !output.status.success()) {
        let text = String::from_utf8_lossy(&output.stderr);
        let refused = [
            "another migration is at work",
            "came into being",
            "cannot be locked",
        ];
        assert!(refused.iter().any(|reason| text.contains(reason)), "{text}");
    }
    assert_eq!(shown(&sqlite(&place.database()), PKCS11).len(), 500);
    run(&mut place.forward()).is(0, "nothing-to-do");
    let left: Vec<_> = place.path("kim").read_dir().unwrap().collect();
    assert_eq!(left.len(), 1);
}
