//! The service starts on the configuration files that releases of Parsec come with
//! (tests/stability/configuration) and serves keys. Replaced is only what names another machine: the library, the
//! token, its PIN, the socket and the place of the mappings; and whoever runs the tests may be root.

use std::fs;
use std::path::Path;

use crate::fixture::{Authenticator, Installation, Manager, Program, quoted};
use crate::keys::{ECDSA, signing, signs};
use crate::process::Service;
use crate::token_objects::key_objects;

/// The release that this service is for, and those that it is an upgrade of.
fn releases() -> &'static [(&'static str, Manager)] {
    const ALL: [(&str, Manager); 3] = [
        ("0.7.2", Manager::OnDisk),
        ("0.8.1", Manager::OnDisk),
        ("1.5.0", Manager::Sqlite),
    ];
    match env!("CARGO_PKG_NAME") {
        "parsec-pkcs11-ecc-0-7" => &ALL[..1],
        "parsec-pkcs11-ecc-0-8" => &ALL[..2],
        _ => &ALL,
    }
}

/// The value of each line that has one of the keys is replaced; each key is there.
fn replaced(text: &str, values: &[(&str, String)]) -> String {
    let mut found = 0;
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            let value = line
                .split_once(" = ")
                .and_then(|(key, _)| values.iter().find(|(replaced, _)| *replaced == key));
            value.map_or(line.to_owned(), |(key, value)| {
                found += 1;
                format!("{key} = {value}")
            })
        })
        .collect();
    assert_eq!(found, values.len(), "{text}");
    lines.join("\n")
}

fn serves(version: &str, manager: Manager) {
    let installation = Installation::new(manager, Authenticator::UnixPeerCredentials);
    let token = installation.token();
    let module = softhsm_test::module_path().unwrap();
    let path = |path: &Path| quoted(path.to_str().unwrap());
    let mut values = vec![
        ("allow_root", "true".to_owned()),
        ("library_path", path(&module)),
        ("slot_number", token.slot_number().to_string()),
        ("user_pin", quoted(token.user_pin())),
        ("socket_path", path(&installation.socket())),
    ];
    let mappings = path(&installation.mappings);
    match manager {
        Manager::OnDisk => values.push(("store_path", mappings)),
        Manager::Sqlite => values.extend([
            ("sqlite_db_path", mappings),
            ("store_path", path(&installation.path("unused"))),
            ("serial_number", quoted(token.serial())),
        ]),
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/stability/configuration")
        .join(format!("{version}.toml"));
    let mut text = fs::read_to_string(file).unwrap();
    if manager == Manager::Sqlite {
        // The example says `store_path` for the database too, which nobody reads: it would be in the system's place.
        text = text.replacen("\nstore_path = ", "\nsqlite_db_path = ", 1);
    }
    installation.write_config(&replaced(&text, &values));

    let service = Service::start(&installation, Program::Ours);
    let client = service.client("");
    client.generate("key", signing(256, ECDSA)).unwrap();
    signs(&client, "key", 256).unwrap();
    assert_eq!(client.key_names(), ["key"]);
    assert_eq!(key_objects(token).len(), 2);
    assert!(installation.mappings.exists());
    client.destroy("key").unwrap();
    service.stop();
}

#[test]
fn files_of_releases_are_served() {
    for (version, manager) in releases() {
        eprintln!("{version}");
        serves(version, *manager);
    }
}
