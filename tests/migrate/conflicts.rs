//! Names that cannot move: two providers', and those that the database has already.

use rusqlite::Connection;

use crate::mappings::{MBED, PKCS11, content, path, shown, sqlite, store, unix, write};
use crate::run::{Place, Said, run};
use crate::snapshot::snapshot;

fn names(place: &Place, provider: (&str, &str)) -> Vec<(String, u32)> {
    shown(&sqlite(&place.database()), provider)
        .into_iter()
        .map(|(_, name, id, _)| (name, id))
        .collect()
}

fn keys(said: &Said, kind: &str) -> Vec<String> {
    said.problems(kind, "key")
}

fn two_providers(place: &Place) {
    for (provider, name, number) in [
        (2, "both", 1),
        (1, "both", 2),
        (2, "ours", 3),
        (1, "theirs", 4),
    ] {
        write(
            &place.store(),
            path("1000", provider, name),
            &content(number),
        );
    }
    // The same name of another application is another one.
    write(&place.store(), path("1001", 1, "ours"), &content(5));
}

#[test]
fn the_same_name_under_two_providers_is_listed_and_stops_all() {
    let place = Place::new();
    two_providers(&place);
    let said = run(&mut place.forward()).is(1, "refused");
    assert_eq!(keys(&said, "same-name"), ["both", "both"]);
    let mut providers = said.problems("same-name", "provider");
    providers.sort();
    assert_eq!(providers, ["mbed-crypto-provider", "pkcs11-provider"]);
    assert!(said.text.contains("--provider"), "{}", said.text);
    assert_eq!(said.problem_count(), 2);
    assert!(!place.database().exists());
}

#[test]
fn one_provider_can_be_chosen_and_the_rest_follows_where_it_fits() {
    let place = Place::new();
    two_providers(&place);
    run(place.forward().args(["--provider", "pkcs11-provider"])).moved(2);
    assert_eq!(
        names(&place, PKCS11),
        [("both".to_owned(), 1), ("ours".to_owned(), 3)]
    );
    assert!(names(&place, MBED).is_empty());
    // The other one's name is taken now.
    let before = snapshot(&place.database());
    let said = run(place.forward().args(["--provider", "mbed-crypto-provider"])).is(1, "refused");
    assert_eq!(keys(&said, "different"), ["both"]);
    assert_eq!(snapshot(&place.database()), before);
    std::fs::remove_file(place.store().join(path("1000", 1, "both"))).unwrap();
    run(place.forward().args(["--provider", "mbed-crypto-provider"])).moved(2);
    assert_eq!(names(&place, MBED).len(), 2);
    assert_eq!(names(&place, PKCS11).len(), 2);
    run(&mut place.forward()).is(0, "nothing-to-do");
}

#[test]
fn a_provider_that_is_none_is_told_with_those_that_are() {
    let place = Place::new();
    two_providers(&place);
    let mut command = place.forward();
    run(command.args(["--provider", "pkcs12"])).failed(&[
        "pkcs12",
        "pkcs11-provider",
        "tpm-provider",
    ]);
    assert!(!place.database().exists());
}

#[test]
fn what_the_database_says_otherwise_is_never_replaced() {
    let place = Place::new();
    write(&place.store(), path("1000", 2, "a"), &content(1));
    write(&place.store(), path("1000", 2, "b"), &content(2));
    store(&sqlite(&place.database()), PKCS11, unix(), "1000", "a", 99);
    let before = snapshot(&place.database());
    for merge in [false, true] {
        let mut command = place.forward();
        if merge {
            command.arg("--merge");
        }
        let said = run(&mut command).is(1, "refused");
        assert_eq!(keys(&said, "different"), ["a"]);
    }
    assert_eq!(snapshot(&place.database()), before);
}

#[test]
fn a_key_that_may_have_been_destroyed_since_is_not_brought_back_unasked() {
    let place = Place::new();
    write(&place.store(), path("1000", 2, "a"), &content(1));
    write(&place.store(), path("1000", 2, "b"), &content(2));
    run(&mut place.forward()).moved(2);
    let connection = Connection::open(place.database()).unwrap();
    connection
        .execute("DELETE FROM key_mapping WHERE key_name = 'b'", [])
        .unwrap();
    drop(connection);
    let before = snapshot(&place.database());
    let said = run(&mut place.forward()).is(1, "refused");
    assert_eq!(keys(&said, "not-there"), ["b"]);
    assert!(said.text.contains("--merge"), "{}", said.text);
    assert_eq!(snapshot(&place.database()), before);
    let said = run(place.forward().arg("--merge")).moved(1);
    assert_eq!(said.report["already_there"], 1);
    assert_eq!(
        names(&place, PKCS11),
        [("a".to_owned(), 1), ("b".to_owned(), 2)]
    );
}

#[test]
fn other_mappings_of_the_database_stay() {
    let place = Place::new();
    write(&place.store(), path("1000", 2, "a"), &content(1));
    let factory = sqlite(&place.database());
    store(&factory, PKCS11, unix(), "1001", "kept", 9);
    store(
        &factory,
        ("11111111-2222-3333-4444-555555555555", "unknown"),
        unix(),
        "1000",
        "stranger",
        8,
    );
    drop(factory);
    run(place.forward().arg("--merge")).moved(1);
    assert_eq!(
        names(&place, PKCS11),
        [("a".to_owned(), 1), ("kept".to_owned(), 9)]
    );
    let connection = Connection::open(place.database()).unwrap();
    let count: u32 = connection
        .query_row("SELECT count(*) FROM key_mapping", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 3);
    // The name of a provider that nobody knows is taken, too.
    write(&place.store(), path("1000", 2, "stranger"), &content(3));
    let said = run(place.forward().arg("--merge")).is(1, "refused");
    assert_eq!(keys(&said, "different"), ["stranger"]);
}

#[test]
fn a_trigger_that_changes_what_is_written_is_found_out_before_it_counts() {
    let place = Place::new();
    write(&place.store(), path("1000", 2, "a"), &content(1));
    drop(sqlite(&place.database()));
    let connection = Connection::open(place.database()).unwrap();
    connection
        .execute_batch(
            "CREATE TRIGGER t AFTER INSERT ON key_mapping BEGIN \
             UPDATE key_mapping SET key_name = 'c'; END",
        )
        .unwrap();
    drop(connection);
    let before = snapshot(&place.database());
    run(&mut place.forward()).failed(&["does not hold what was written", "nothing was changed"]);
    let content = |snapshot: &crate::snapshot::Snapshot| snapshot.first().unwrap().6.clone();
    assert_eq!(content(&snapshot(&place.database())), content(&before));
}
