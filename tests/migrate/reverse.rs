//! Back to the disk: what a directory cannot hold, and what stands in the way there.

use std::fs;
use std::os::unix::fs::symlink;

use parsec_interface::requests::AuthType;
use parsec_service::authenticators::Auth;

use crate::mappings::{
    MBED, PKCS11, content, on_disk, path, shown, sqlite, store, unix, write, write_many,
};
use crate::run::{Place, run};
use crate::snapshot::{files, snapshot};

#[test]
fn what_the_old_format_cannot_hold_is_listed_and_stops_all() {
    let place = Place::new();
    let factory = sqlite(&place.database());
    let (longest, too_long) = ("x".repeat(189), "x".repeat(190));
    let direct = Auth::Client(AuthType::Direct);
    store(&factory, PKCS11, unix(), "1000", &longest, 1);
    store(&factory, PKCS11, unix(), &longest, "a", 2);
    for (provider, auth, application, name) in [
        (PKCS11, unix(), "1000", too_long.as_str()),
        (PKCS11, unix(), too_long.as_str(), "key of a long name"),
        (PKCS11, unix(), "1000", ""),
        (PKCS11, unix(), "", "key of no name"),
        (PKCS11, direct, "1000", "of another authenticator"),
        (
            ("11111111-2222-3333-4444-555555555555", "unknown"),
            unix(),
            "1000",
            "of a stranger",
        ),
        (
            ("1e4954a4-ff21-46d3-ab0c-661eeb667e1d", "one"),
            unix(),
            "1000",
            "of one",
        ),
        (
            ("1e4954a4-ff21-46d3-ab0c-661eeb667e1d", "two"),
            unix(),
            "1000",
            "of two",
        ),
    ] {
        store(&factory, provider, auth, application, name, 3);
    }
    drop(factory);
    let said = run(&mut place.reverse()).is(1, "refused");
    let mut expected = vec![
        "",
        "key of a long name",
        "key of no name",
        "of a stranger",
        "of another authenticator",
        "of one",
        "of two",
        &too_long,
    ];
    expected.sort_unstable();
    assert_eq!(said.problems("cannot-hold", "key"), expected);
    assert_eq!(said.problem_count(), expected.len());
    assert!(!place.store().exists());
    // The choice of a provider is asked for where it helps.
    assert!(said.text.contains("--provider"), "{}", said.text);
    run(place.reverse().args(["--provider", "two"])).moved(1);
    run(place.reverse().args(["--provider", "three"])).failed(&["three", "pkcs11-provider"]);
}

#[test]
fn a_directory_with_other_mappings_is_not_mixed_with_these() {
    let place = Place::new();
    let factory = sqlite(&place.database());
    store(&factory, PKCS11, unix(), "1000", "same", 1);
    store(&factory, PKCS11, unix(), "1000", "changed", 2);
    store(&factory, PKCS11, unix(), "1000", "new", 3);
    drop(factory);
    write(&place.store(), path("1000", 2, "same"), &content(1));
    write(&place.store(), path("1000", 2, "changed"), &content(9));
    write(&place.store(), path("1000", 2, "destroyed"), &content(4));
    write(&place.store(), "notes", b"");
    let before = snapshot(&place.store());
    let said = run(&mut place.reverse()).is(1, "refused");
    assert_eq!(said.problems("not-there", "key"), ["new"]);
    assert_eq!(
        said.problems("different", "key"),
        ["", "changed", "destroyed"]
    );
    assert_eq!(said.problem_count(), 4);
    assert!(
        said.text.contains("move the directory away"),
        "{}",
        said.text
    );
    assert_eq!(snapshot(&place.store()), before);
    fs::rename(place.store(), place.path("old")).unwrap();
    run(&mut place.reverse()).moved(3);
    assert_eq!(shown(&on_disk(&place.store()), PKCS11).len(), 3);
}

/// Three mappings are in the database, and no directory is there any more.
fn moved_forward() -> Place {
    let place = Place::new();
    write_many(&place.store(), 3);
    run(&mut place.forward()).moved(3);
    fs::rename(place.store(), place.path("old")).unwrap();
    place
}

#[test]
fn what_a_crash_of_the_service_left_is_in_nobodys_way() {
    let place = moved_forward();
    write(&place.store(), ".replacement-aB3dE5gH", b"x");
    run(&mut place.reverse()).moved(3);
    assert!(!place.store().join(".replacement-aB3dE5gH").exists());
}

#[test]
fn a_link_is_not_replaced_by_a_directory() {
    let place = moved_forward();
    fs::create_dir(place.path("real")).unwrap();
    symlink(place.path("real"), place.store()).unwrap();
    for arguments in [&["--dry-run"][..], &[]] {
        run(place.reverse().args(arguments)).failed(&["is not a directory"]);
    }
}

#[test]
fn empty_directories_are_in_nobodys_way() {
    let place = Place::new();
    store(&sqlite(&place.database()), PKCS11, unix(), "1000", "a", 1);
    fs::create_dir_all(place.store().join("parsec")).unwrap();
    fs::create_dir_all(place.store().join(path("1001", 2, "x")).parent().unwrap()).unwrap();
    run(&mut place.reverse()).moved(1);
    assert_eq!(files(&place.store()), [(path("1000", 2, "a"), content(1))]);
}

#[test]
fn keys_of_two_providers_and_of_the_providers_themselves_come_back() {
    let place = Place::new();
    let factory = sqlite(&place.database());
    store(&factory, PKCS11, unix(), "1000", "a", 1);
    store(&factory, MBED, unix(), "1000", "b", 2);
    store(&factory, PKCS11, Auth::Internal, "parsec", "-root", 3);
    drop(factory);
    run(&mut place.reverse()).moved(3);
    let shown = shown(&on_disk(&place.store()), PKCS11);
    let names: Vec<_> = shown
        .iter()
        .map(|(_, name, id, _)| (name.as_str(), *id))
        .collect();
    assert_eq!(names, [("a", 1), ("-root", 3)]);
    run(&mut place.forward()).is(0, "nothing-to-do");
}
