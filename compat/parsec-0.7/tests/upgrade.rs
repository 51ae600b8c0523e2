//! Keys made under Parsec 0.7, 0.8 and 1.5, with the on-disk key info manager, while the service is upgraded
//! from each to the next and taken back: all of them stay usable, by their names, on one token.
//!
//! The services for Parsec 0.8 and 1.5 are other programs, built by other workspaces: `ci/compat` builds
//! them and sets the variables that say where they are.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "parts are shared with other tests")]

#[path = "service/client.rs"]
mod client;
#[path = "service/fixture.rs"]
mod fixture;
#[path = "service/keys.rs"]
mod keys;
#[path = "service/misbehaving.rs"]
mod misbehaving;
#[path = "service/openssl.rs"]
mod openssl;
#[path = "service/process.rs"]
mod process;
#[path = "service/token_objects.rs"]
mod token_objects;

use std::env;
use std::num::NonZeroU64;
use std::process::{Command, Stdio};

use misbehaving_module::control::{End, How};
use misbehaving_module::names::Function;
use parsec_client::core::interface::operations::psa_algorithm::Hash;

use client::Client;
use fixture::{Installation, Manager};
use keys::{ECDSA, agreeing, exportable, signing, signs, verifying};
use misbehaving::Misbehaving;
use openssl::{Pair, byte_length};
use process::Service;
use token_objects::key_objects;

const CURVES: [usize; 3] = [256, 384, 521];

/// A generation of Parsec, and the variable that says where its service is.
#[derive(Debug, Clone, Copy)]
enum Generation {
    Parsec07,
    Parsec08,
    Parsec15,
}

impl Generation {
    fn start(self, installation: &Installation) -> Service {
        let program = match self {
            Self::Parsec07 => env!("CARGO_BIN_EXE_parsec-pkcs11").to_owned(),
            Self::Parsec08 => program("PARSEC_0_8_SERVICE"),
            Self::Parsec15 => program("PARSEC_1_5_SERVICE"),
        };
        let mut command = Command::new(program);
        command
            .args(["serve", "--config"])
            .arg(installation.path("config.toml"))
            .stdin(Stdio::null());
        Service::run(installation, command)
    }
}

fn program(variable: &str) -> String {
    env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is to be the path of that service: run ci/compat, which builds it")
    })
}

/// The keys that one generation made, and what is known of them elsewhere.
struct Keys {
    made_by: Generation,
    bits: usize,
    /// The point of the generated key.
    point: Vec<u8>,
    agreeing_point: Vec<u8>,
    pair: Pair,
}

impl Keys {
    fn name(&self, kind: &str) -> String {
        format!("{kind} {} by {:?}", self.bits, self.made_by)
    }

    fn make(client: &Client, made_by: Generation, bits: usize) -> Self {
        let mut keys = Self {
            made_by,
            bits,
            point: Vec::new(),
            agreeing_point: Vec::new(),
            pair: Pair::generate(bits),
        };
        let generated = keys.name("generated");
        client.generate(&generated, signing(bits, ECDSA)).unwrap();
        keys.point = client.export_public(&generated).unwrap();
        let agrees = keys.name("agreeing");
        client.generate(&agrees, agreeing(bits)).unwrap();
        keys.agreeing_point = client.export_public(&agrees).unwrap();
        let (point, scalar) = (keys.pair.point(), keys.pair.scalar());
        let imported = exportable(signing(bits, ECDSA));
        client
            .import(&keys.name("pair"), imported, &scalar)
            .unwrap();
        client
            .import(&keys.name("public"), verifying(bits, ECDSA), &point)
            .unwrap();
        client
            .generate(&keys.name("destroyed later"), signing(bits, ECDSA))
            .unwrap();
        keys
    }

    fn names(&self) -> [String; 5] {
        ["generated", "agreeing", "pair", "public", "destroyed later"].map(|kind| self.name(kind))
    }

    /// Every operation that all generations have.
    fn work(&self, client: &Client) {
        let generated = self.name("generated");
        assert_eq!(client.export_public(&generated).unwrap(), self.point);
        signs(client, &generated, self.bits).unwrap();

        let peer = Pair::generate(self.bits);
        let secret = client.agree(&self.name("agreeing"), &peer.point()).unwrap();
        assert_eq!(secret.len(), byte_length(self.bits));
        assert!(secret == peer.agree(&self.agreeing_point), "another secret");

        let pair = self.name("pair");
        assert_eq!(client.export_public(&pair).unwrap(), self.pair.point());
        assert_eq!(client.export(&pair).unwrap(), self.pair.scalar());
        signs(client, &pair, self.bits).unwrap();

        let public = self.name("public");
        assert_eq!(client.export_public(&public).unwrap(), self.pair.point());
        let digest = openssl::digest(Hash::Sha256, public.as_bytes());
        client
            .verify_hash(&public, ECDSA, &digest, &self.pair.sign(&digest))
            .unwrap();
    }
}

/// Starts the service, looks at all keys of every generation, and gives them to `further`.
fn with_service(
    installation: &Installation,
    generation: Generation,
    all: &mut Vec<Keys>,
    further: impl FnOnce(&Client, &mut Vec<Keys>),
) {
    eprintln!("{generation:?}");
    let service = generation.start(installation);
    service.wait_for_log("Every key that a mapping names is on the token", 1);
    let client = service.client("alice");
    let mut names: Vec<String> = all.iter().flat_map(Keys::names).collect();
    names.sort();
    assert_eq!(client.key_names(), names);
    for keys in &*all {
        keys.work(&client);
    }
    assert!(service.client("bob").key_names().is_empty());
    further(&client, all);
    let log = service.stop();
    for complaint in ["no mapping names it", "is damaged", "cannot be read"] {
        assert!(!log.contains(complaint), "{log}");
    }
}

fn make(generation: Generation) -> impl FnOnce(&Client, &mut Vec<Keys>) {
    move |client, all| {
        all.extend(CURVES.map(|bits| Keys::make(client, generation, bits)));
    }
}

#[test]
fn keys_of_every_generation_stay_usable() {
    use Generation::{Parsec07, Parsec08, Parsec15};
    let installation = Installation::direct(Manager::OnDisk);
    installation.write_config(&installation.config());
    let mut all = Vec::new();

    with_service(&installation, Parsec07, &mut all, make(Parsec07));
    with_service(&installation, Parsec08, &mut all, make(Parsec08));
    with_service(&installation, Parsec15, &mut all, make(Parsec15));
    // Back, as after an upgrade that went wrong.
    with_service(&installation, Parsec08, &mut all, |_, _| {});
    with_service(&installation, Parsec07, &mut all, |_, _| {});
    with_service(&installation, Parsec15, &mut all, |client, all| {
        // Since 0.8 messages can be signed, also by keys that are older.
        for keys in &*all {
            let name = keys.name("generated");
            let signature = client.sign_message(&name, ECDSA, b"a message").unwrap();
            let digest = openssl::digest(Hash::Sha256, b"a message");
            let verifies = openssl::verifies(keys.bits, &keys.point, &digest, &signature);
            assert!(verifies, "{name}");
        }
        for name in all.iter().flat_map(Keys::names) {
            client.destroy(&name).unwrap();
        }
        all.clear();
    });
    assert!(key_objects(installation.token()).is_empty());
    with_service(&installation, Parsec07, &mut all, |_, _| {});
}

/// A service is killed while it destroys a key, and once more after the token has made one.
fn began_and_finished(begins: Generation, finishes: Generation) {
    let mut installation = Installation::direct(Manager::OnDisk);
    let misbehaving = Misbehaving::in_front_of(&mut installation);
    installation.write_config(&installation.config());
    let killed_after = |function, request: &dyn Fn(&Client) -> bool| {
        let service = begins.start(&installation);
        service.wait_for_log("Every key that a mapping names is on the token", 1);
        let end = End::after(function, NonZeroU64::MIN, How::Kill);
        misbehaving.order(|control| control.end = vec![end]);
        assert!(
            !request(&service.client("alice")),
            "the client was answered"
        );
        assert_eq!(service.end().code, None);
        misbehaving.behave();
    };

    let service = begins.start(&installation);
    let client = service.client("alice");
    client.generate("kept", signing(256, ECDSA)).unwrap();
    client.generate("destroyed", signing(256, ECDSA)).unwrap();
    service.stop();
    killed_after(Function::C_DestroyObject, &|client| {
        client.try_destroy("destroyed").is_ok()
    });
    assert_eq!(key_objects(installation.token()).len(), 3);
    finished(&installation, finishes);

    killed_after(Function::C_GenerateKeyPair, &|client| {
        client.try_generate("made", signing(256, ECDSA)).is_ok()
    });
    assert_eq!(key_objects(installation.token()).len(), 4);
    finished(&installation, finishes);
}

fn finished(installation: &Installation, generation: Generation) {
    let service = generation.start(installation);
    let client = service.client("alice");
    assert_eq!(client.key_names(), ["kept"]);
    signs(&client, "kept", 256).unwrap();
    let log = service.stop();
    let told = log.contains("was undone or finished");
    assert!(told, "{log}");
    assert_eq!(key_objects(installation.token()).len(), 2);
}

#[test]
fn what_one_generation_began_another_finishes() {
    use Generation::{Parsec07, Parsec08, Parsec15};
    for (begins, finishes) in [
        (Parsec07, Parsec08),
        (Parsec08, Parsec15),
        (Parsec07, Parsec15),
        (Parsec15, Parsec07),
    ] {
        eprintln!("{begins:?} {finishes:?}");
        began_and_finished(begins, finishes);
    }
}
