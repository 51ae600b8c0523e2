//! Where the mappings are, whose they are and how they are called, from the service's configuration.

use std::fs;

use parsec_interface::requests::AuthType;
use parsec_service::authenticators::Auth;
use rusqlite::Connection;

use crate::mappings::{MBED, content, path, shown, sqlite, write};
use crate::run::{Place, Said, migrate, run};

/// A configuration of Parsec's own service, with all that this one does not have.
fn config(place: &Place, auth_type: &str) -> String {
    format!(
        "[core_settings]\n\
         [listener]\nlistener_type = \"DomainSocket\"\ntimeout = 200\nsocket_path = {:?}\n\
         [authenticator]\nauth_type = \"{auth_type}\"\nworkload_endpoint = \"unix:///x\"\n\
         [[key_manager]]\nname = \"old\"\nmanager_type = \"OnDisk\"\nstore_path = {:?}\n\
         [[key_manager]]\nname = \"new\"\nmanager_type = \"SQLite\"\nsqlite_db_path = {:?}\n\
         [[provider]]\nprovider_type = \"MbedCrypto\"\nkey_info_manager = \"old\"\n\
         [[provider]]\nprovider_type = \"Tpm\"\nname = \"our TPM\"\nkey_info_manager = \"old\"\n\
         tcti = \"device\"\nowner_hierarchy_auth = \"hex:00\"\n",
        place.path("no.sock"),
        place.store(),
        place.database(),
    )
}

fn with(place: &Place, config: &str, arguments: &[&str]) -> Said {
    fs::write(place.path("config.toml"), config).unwrap();
    let mut command = migrate();
    command.arg("--config").arg(place.path("config.toml"));
    run(command.args(arguments))
}

fn rows(place: &Place) -> Vec<(u8, String, String)> {
    let connection = Connection::open(place.database()).unwrap();
    let mut statement = connection
        .prepare("SELECT authenticator_id, provider_name, key_name FROM key_mapping ORDER BY 3")
        .unwrap();
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn it_says_managers_authenticator_and_names() {
    for (name, number) in [("Direct", 1), ("UnixPeerCredentials", 3), ("JwtSvid", 4)] {
        let place = Place::new();
        write(&place.store(), path("1000", 1, "a"), &content(1));
        write(&place.store(), path("1000", 3, "b"), &content(2));
        let said = with(&place, &config(&place, name), &[]).moved(2);
        assert_eq!(said.report["source"], place.store().to_str().unwrap());
        assert_eq!(
            rows(&place),
            [
                (number, "mbed-crypto-provider".to_owned(), "a".to_owned()),
                (number, "our TPM".to_owned(), "b".to_owned())
            ]
        );
        fs::rename(place.store(), place.path("old")).unwrap();
        with(&place, &config(&place, name), &["--reverse"]).moved(2);
        let said = with(&place, &config(&place, name), &["--provider", "our TPM"]);
        said.is(0, "nothing-to-do");
    }
}

#[test]
fn the_authenticators_of_the_command_line_are_the_same() {
    for (name, auth) in [
        ("direct", AuthType::Direct),
        ("unix-peer-credentials", AuthType::UnixPeerCredentials),
        ("jwt-svid", AuthType::JwtSvid),
    ] {
        let place = Place::new();
        write(&place.store(), path("1000", 1, "a"), &content(1));
        run(&mut place.command(name, &place.store(), &place.database())).moved(1);
        let number = Auth::Client(auth).authenticator_id();
        assert_eq!(rows(&place).first().unwrap().0, number);
        assert_eq!(shown(&sqlite(&place.database()), MBED).len(), 1);
    }
}

#[test]
fn paths_of_the_command_line_come_before_those_of_the_configuration() {
    let place = Place::new();
    let other = place.path("other");
    write(&other, path("1000", 1, "a"), &content(1));
    let to = place.path("elsewhere.sqlite3");
    let arguments = [
        "--from",
        other.to_str().unwrap(),
        "--to",
        to.to_str().unwrap(),
    ];
    with(&place, &config(&place, "Direct"), &arguments).moved(1);
    assert!(!place.database().exists());
    assert_eq!(shown(&sqlite(&to), MBED).len(), 1);
}

/// They begin at the working directory of the service.
#[test]
fn relative_paths_count_where_the_mappings_are() {
    let place = Place::new();
    write(&place.store(), path("1000", 1, "a"), &content(1));
    let text = config(&place, "Direct");
    let relative = |path: &std::path::Path, name: &str| {
        text.replace(&format!("{path:?}"), &format!("\"{name}\""))
    };
    let database = relative(&place.database(), "kim/database.sqlite3");
    with(&place, &database, &[]).failed(&["kim/database.sqlite3 begins at", "with --to"]);
    let socket = relative(&place.path("no.sock"), "no.sock");
    with(&place, &socket, &[]).failed(&["no.sock begins at", "with --socket"]);
    let store = relative(&place.store(), "mappings");
    with(&place, &store, &[]).failed(&["mappings begins at", "with --from"]);
    with(
        &place,
        &store,
        &["--from", place.store().to_str().unwrap(), "--dry-run"],
    )
    .is(0, "would-move");

    let both = database.replace(&format!("{:?}", place.store()), "\"mappings\"");
    fs::write(place.path("config.toml"), both).unwrap();
    let mut command = migrate();
    command.current_dir(place.path("."));
    run(command.args(["--config", "config.toml"])).moved(1);
    assert!(place.database().exists());
}

#[test]
fn what_is_wrong_with_it_is_said() {
    let place = Place::new();
    write(&place.store(), path("1000", 1, "a"), &content(1));
    let good = config(&place, "Direct");
    let without = |text: &str| good.replace(text, "\"OnDisk\"");
    let second = format!(
        "{good}[[provider]]\nprovider_type = \"Tpm\"\nname = \"another\"\nkey_info_manager = \"old\"\n"
    );
    for (config, reason) in [
        (
            without("\"SQLite\""),
            "several [[key_manager]] sections have manager_type = \"OnDisk\"",
        ),
        (
            good.replace("\"OnDisk\"", "\"SQLite\""),
            "no [[key_manager]] has manager_type = \"OnDisk\"",
        ),
        (
            good.replace("\"Direct\"", "\"Guess\""),
            "there is no authenticator \"Guess\"",
        ),
        (
            good.replace("\"Tpm\"", "\"Tmp\""),
            "there is no provider of type \"Tmp\"",
        ),
        (second, "different names"),
        ("[[[".to_owned(), "config.toml:1: "),
    ] {
        with(&place, &config, &[]).failed(&[reason]);
        assert!(!place.database().exists());
    }
    let mut command = migrate();
    let missing = place.path("none.toml");
    run(command.arg("--config").arg(missing)).failed(&["cannot be read"]);
    let missing = place.path("none");
    let mut command = place.command("direct", &missing, &place.database());
    run(&mut command).failed(&["not a directory of mappings"]);
    assert!(!place.path("kim").exists());
}

#[test]
fn no_pin_is_ever_quoted() {
    let place = Place::new();
    let text = "[listener]\n[authenticator]\nauth_type = \"Direct\"\n[[provider]]\nprovider_type = \"Pkcs11\"\n\
                user_pin = \"a secret pin\" oops\n";
    let said = with(&place, text, &[]).failed(&["config.toml:6"]);
    assert!(!said.text.contains("a secret pin"), "{}", said.text);
}

#[test]
fn wrong_arguments_end_with_2() {
    for arguments in [
        &["--from", "a"][..],
        &["--from", "a", "--to", "b"],
        &["--from", "a", "--to", "b", "--auth", "none"],
        &["--config", "a", "--auth", "direct"],
        &["--config", "a", "--merge", "--reverse"],
        &[],
    ] {
        let said = run(migrate().args(arguments));
        assert_eq!(said.code, Some(2), "{arguments:?}: {}", said.text);
    }
}
