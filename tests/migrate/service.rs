//! The real service before and after: its keys stay usable, on both sides of the move.

use std::fs;

use parsec_client::core::interface::operations::psa_algorithm::{
    AsymmetricSignature, Hash, SignHash,
};
use parsec_client::core::interface::operations::psa_key_attributes::Type;

use crate::client::Client;
use crate::fixture::{Authenticator, Installation, Manager, Program, quoted};
use crate::keys::{ECDSA, attributes, sign_and_verify, signing, signs};
use crate::openssl;
use crate::run::{Said, migrate, run};
use crate::snapshot::snapshot;

const RSA: AsymmetricSignature = AsymmetricSignature::RsaPkcs1v15Sign {
    hash_alg: SignHash::Specific(Hash::Sha256),
};

/// An installation whose configuration has both managers; the provider names the one in use.
pub(crate) struct Site {
    pub(crate) installation: Installation,
}

impl Site {
    pub(crate) fn new(authenticator: Authenticator) -> Self {
        Self {
            installation: Installation::new(Manager::OnDisk, authenticator),
        }
    }

    fn database(&self) -> std::path::PathBuf {
        self.installation.path("kim.sqlite3")
    }

    fn config(&self, manager: &str) -> String {
        self.installation
            .config()
            .replace(
                "key_info_manager = \"manager\"",
                &format!("key_info_manager = \"{manager}\""),
            )
            .replace(
                "[[provider]]",
                &format!(
                    "[[key_manager]]\nname = \"new\"\nmanager_type = \"SQLite\"\nsqlite_db_path = {}\n\n[[provider]]",
                    quoted(self.database().to_str().unwrap())
                ),
            )
    }

    /// Starts the service with one of the managers.
    pub(crate) fn start(&self, manager: &str) -> crate::process::Service {
        self.installation.write_config(&self.config(manager));
        let command = self.installation.command(Program::Ours);
        crate::process::Service::run(&self.installation, command)
    }

    pub(crate) fn migrate(&self, arguments: &[&str]) -> Said {
        let mut command = migrate();
        command
            .arg("--config")
            .arg(self.installation.path("config.toml"));
        let said = run(command.args(arguments));
        for secret in self.installation.secrets() {
            assert!(!said.text.contains(&secret), "the PIN is in the output");
        }
        said
    }
}

/// The keys sign, and verify what was signed before the move.
fn all_sign(client: &Client, names: &[&str], before: &[Vec<u8>]) {
    let digest = openssl::digest(Hash::Sha256, b"before");
    for (name, signature) in names.iter().zip(before) {
        signs(client, name, 256).unwrap();
        client.verify_hash(name, ECDSA, &digest, signature).unwrap();
    }
}

fn sign_before(client: &Client, names: &[&str]) -> Vec<Vec<u8>> {
    let digest = openssl::digest(Hash::Sha256, b"before");
    names
        .iter()
        .map(|name| client.sign_hash(name, ECDSA, &digest).unwrap())
        .collect()
}

fn moves_and_comes_back(authenticator: Authenticator) {
    let site = Site::new(authenticator);
    let names = ["a", "ü/?\u{1f5dd}", "third"];
    let service = site.start("manager");
    let client = service.client("application");
    for name in names {
        client.generate(name, signing(256, ECDSA)).unwrap();
    }
    let signatures = sign_before(&client, &names);
    let refused = site.migrate(&[]);
    refused.failed(&["a service answers on", "stop it"]);
    assert!(!site.database().exists());
    service.stop();

    let source = snapshot(&site.installation.mappings);
    let said = site.migrate(&[]).moved(3);
    assert_eq!(said.report["token"]["found"], 3);
    assert_eq!(snapshot(&site.installation.mappings), source);
    let service = site.start("new");
    let client = service.client("application");
    assert_eq!(client.key_names(), ["a", "third", "ü/?\u{1f5dd}"]);
    all_sign(&client, &names, &signatures);
    client.destroy("third").unwrap();
    client.generate("fourth", signing(256, ECDSA)).unwrap();
    site.migrate(&["--reverse"])
        .failed(&["a service answers on"]);
    service.stop();

    // The directory is that of before: nothing is mixed.
    let said = site.migrate(&["--reverse"]).is(1, "refused");
    assert_eq!(said.problems("not-there", "key"), ["fourth"]);
    assert_eq!(said.problems("different", "key"), ["third"]);
    fs::rename(
        &site.installation.mappings,
        site.installation.path("mappings.before"),
    )
    .unwrap();
    let said = site.migrate(&["--reverse"]).moved(3);
    assert_eq!(said.report["token"]["found"], 3);
    let service = site.start("manager");
    let client = service.client("application");
    assert_eq!(client.key_names(), ["a", "fourth", "ü/?\u{1f5dd}"]);
    all_sign(&client, names.get(..2).unwrap(), &signatures);
    signs(&client, "fourth", 256).unwrap();
    service.stop();
}

#[test]
fn keys_of_names_move_and_come_back() {
    moves_and_comes_back(Authenticator::Direct);
}

#[test]
fn keys_of_unix_users_move_and_come_back() {
    moves_and_comes_back(Authenticator::UnixPeerCredentials);
}

#[test]
fn keys_that_parsecs_own_service_made_are_found_on_the_token_rsa_too() {
    let site = Site::new(Authenticator::Direct);
    let service = site.installation.start_program(Program::Upstream);
    let client = service.client("application");
    client.generate("ecc", signing(256, ECDSA)).unwrap();
    let rsa = attributes(Type::RsaKeyPair, 2048, sign_and_verify(), RSA);
    client.generate("rsa", rsa).unwrap();
    let point = client.export_public("ecc").unwrap();
    drop(service);
    site.installation.write_config(&site.config("manager"));
    let said = site.migrate(&[]).moved(2);
    assert_eq!(said.report["token"]["found"], 2);
    assert_eq!(
        said.report["token"]["serial"],
        site.installation.token().serial()
    );
    let service = site.start("new");
    let client = service.client("application");
    assert_eq!(client.key_names(), ["ecc", "rsa"]);
    assert_eq!(client.export_public("ecc").unwrap(), point);
    signs(&client, "ecc", 256).unwrap();
    service.stop();
}

#[test]
fn keys_that_are_not_on_the_token_are_listed_and_the_mappings_move() {
    let site = Site::new(Authenticator::Direct);
    let service = site.start("manager");
    let client = service.client("application");
    client.generate("here", signing(256, ECDSA)).unwrap();
    service.stop();
    let file = crate::mappings::path("application", 2, "gone");
    let store = &site.installation.mappings;
    crate::mappings::write(store, file, &crate::mappings::content(0x00c0_ffee));
    let said = site.migrate(&["--dry-run"]).is(3, "would-move");
    assert_eq!(said.report["token"]["missing"][0]["key"], "gone");
    let said = site.migrate(&[]).is(3, "moved");
    assert_eq!(said.report["token"]["found"], 1);
    assert_eq!(said.report["token"]["missing"][0]["id"], "00c0ffee");
    assert!(said.text.contains("not on the token"), "{}", said.text);
    let said = site.migrate(&["--without-token"]).is(0, "nothing-to-do");
    assert!(said.report["token"].is_null());
}

#[test]
fn without_the_token_nothing_moves_unless_it_may() {
    let mut site = Site::new(Authenticator::Direct);
    let service = site.start("manager");
    let client = service.client("application");
    client.generate("a", signing(256, ECDSA)).unwrap();
    service.stop();
    let serial = quoted("0000000000000000");
    site.installation.provider.insert("serial_number", serial);
    site.installation.write_config(&site.config("manager"));
    site.migrate(&[])
        .failed(&["cannot be looked for on the token", "--without-token"]);
    assert!(!site.database().exists());
    site.migrate(&["--without-token"]).moved(1);
}

#[test]
fn a_creation_that_was_interrupted_before_the_move_is_finished_after_it() {
    let site = Site::new(Authenticator::Direct);
    let service = site.start("manager");
    let client = service.client("application");
    client.generate("a", signing(256, ECDSA)).unwrap();
    service.stop();
    // As a crash in the midst of a creation leaves it: the tail says pending, and on which token.
    let serial = site.installation.token().serial();
    let length = u64::try_from(serial.len()).unwrap().to_le_bytes();
    let id = [
        &[1, 2, 3, 4][..],
        b"PECC",
        &[1, 1],
        &length,
        serial.as_bytes(),
    ]
    .concat();
    let file = crate::mappings::path("application", 2, "half");
    let content = crate::mappings::content_with(&id);
    crate::mappings::write(&site.installation.mappings, file, &content);
    let said = site.migrate(&[]).moved(2);
    assert_eq!(said.report["token"]["found"], 1);
    assert_eq!(said.report["token"]["not_looked_for"], 1);
    let service = site.start("new");
    let client = service.client("application");
    assert_eq!(client.key_names(), ["a"]);
    signs(&client, "a", 256).unwrap();
    client.generate("half", signing(256, ECDSA)).unwrap();
    let log = service.stop();
    assert!(
        log.contains("interrupted creation of a key was undone"),
        "{log}"
    );
}
