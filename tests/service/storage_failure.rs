//! Mappings on a file system that is full or read-only: a request fails and leaves nothing, no key is
//! lost, and once the mappings can be written again everything works without a restart.

use std::env;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use misbehaving_module::control::Hang;
use misbehaving_module::names::Function;
use parsec_client::core::interface::operations::psa_algorithm::Hash;
use parsec_client::core::interface::requests::ResponseStatus;

use crate::client::{Answer, Client};
use crate::fixture::{Installation, Manager};
use crate::keys::{ECDSA, signing, signs, verifying};
use crate::misbehaving::Misbehaving;
use crate::openssl::{self, Pair};
use crate::process::until;
use crate::token_objects::key_objects;

/// Set where the mounts are those of the test.
const OWN_MOUNTS: &str = "STORAGE_FAILURE_OWN_MOUNTS";
const REFUSED: Answer = Err(ResponseStatus::KeyInfoManagerError);
const REMEDY: &str = "Make sure that the key info manager's files";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Full,
    ReadOnly,
}

impl Trouble {
    const ALL: [Self; 2] = [Self::Full, Self::ReadOnly];
}

/// Runs the body of the test `name` in a process that can mount: as root, or as root of a user
/// namespace of its own.
fn with_own_mounts(name: &str, test: impl FnOnce()) {
    if env::var_os(OWN_MOUNTS).is_some() {
        return test();
    }
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let unshare = || {
        let mut command = Command::new("unshare");
        command.arg("--mount");
        if !is_root {
            command.args(["--user", "--map-root-user"]);
        }
        command
    };
    let probe = unshare()
        .args(["mount", "-t", "tmpfs", "tmpfs", "/mnt"])
        .output();
    match probe {
        Ok(probe) if probe.status.success() => {}
        failed => {
            eprintln!(
                "SKIPPED, NOT TESTED: {name}: no file system can be mounted here, not even in \
                 namespaces of its own: run it as root with CAP_SYS_ADMIN ({failed:?})"
            );
            return;
        }
    }
    let status = unshare()
        .arg(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(OWN_MOUNTS, "1")
        .env_remove("SOFTHSM2_CONF")
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
}

/// A small file system with the mappings on it.
struct Store {
    directory: PathBuf,
}

impl Store {
    fn mount(installation: &mut Installation) -> Self {
        let directory = installation.path("store");
        fs::create_dir(&directory).unwrap();
        installation.mappings = directory.join("mappings");
        let store = Self { directory };
        store.run(&["-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs"]);
        store
    }

    fn run(&self, arguments: &[&str]) {
        let mut mount = Command::new("mount");
        let mounted = mount.args(arguments).arg(&self.directory).output().unwrap();
        assert!(mounted.status.success(), "{mounted:?}");
    }

    fn suffer(&self, trouble: Trouble) {
        match trouble {
            Trouble::Full => {
                let mut filler = File::create(self.directory.join("filler")).unwrap();
                let error = loop {
                    if let Err(error) = filler.write_all(&[0; 4096]) {
                        break error;
                    }
                };
                assert_eq!(error.kind(), ErrorKind::StorageFull);
            }
            Trouble::ReadOnly => self.run(&["-o", "remount,bind,ro"]),
        }
    }

    fn recover(&self, trouble: Trouble) {
        match trouble {
            Trouble::Full => fs::remove_file(self.directory.join("filler")).unwrap(),
            Trouble::ReadOnly => self.run(&["-o", "remount,bind,rw"]),
        }
    }
}

/// What a request makes.
#[derive(Debug, Clone, Copy)]
enum Creation {
    Generated,
    ImportedPair,
    ImportedPublic,
}

const CREATIONS: [Creation; 3] = [
    Creation::Generated,
    Creation::ImportedPair,
    Creation::ImportedPublic,
];

struct Application<'a> {
    client: &'a Client,
    pair: &'a Pair,
}

impl Application<'_> {
    /// The name of the key is that of the creation.
    fn create(&self, creation: Creation) -> Answer {
        let name = format!("{creation:?}");
        match creation {
            Creation::Generated => self.client.generate(&name, signing(256, ECDSA)),
            Creation::ImportedPair => {
                let scalar = self.pair.scalar();
                self.client.import(&name, signing(256, ECDSA), &scalar)
            }
            Creation::ImportedPublic => {
                let point = self.pair.point();
                self.client.import(&name, verifying(256, ECDSA), &point)
            }
        }
    }

    fn destroy(&self, creation: Creation) -> Answer {
        self.client.destroy(&format!("{creation:?}"))
    }

    fn works(&self, creation: Creation) -> Answer {
        let name = format!("{creation:?}");
        match creation {
            Creation::Generated | Creation::ImportedPair => signs(self.client, &name, 256),
            Creation::ImportedPublic => {
                let digest = openssl::digest(Hash::Sha256, b"a message");
                let signature = self.pair.sign(&digest);
                self.client.verify_hash(&name, ECDSA, &digest, &signature)
            }
        }
    }
}

fn refused_before_the_token_is_asked(manager: Manager, trouble: Trouble) {
    let mut installation = Installation::direct(manager);
    let store = Store::mount(&mut installation);
    let pair = Pair::generate(256);
    let service = installation.start();
    let client = &service.client("alice");
    let alice = Application {
        client,
        pair: &pair,
    };
    client.generate("kept", signing(256, ECDSA)).unwrap();
    let only_kept = key_objects(installation.token());

    for (step, creation) in CREATIONS.into_iter().enumerate() {
        store.suffer(trouble);
        assert_eq!(alice.create(creation), REFUSED);
        assert_eq!(client.key_names(), ["kept"]);
        assert_eq!(key_objects(installation.token()), only_kept);
        service.wait_for_log(REMEDY, 2 * step + 1);
        signs(client, "kept", 256).unwrap();

        store.recover(trouble);
        alice.create(creation).unwrap();
        let objects = key_objects(installation.token());

        store.suffer(trouble);
        assert_eq!(alice.destroy(creation), REFUSED);
        assert_eq!(client.key_names(), [&format!("{creation:?}"), "kept"]);
        assert_eq!(key_objects(installation.token()), objects);
        alice.works(creation).unwrap();
        service.wait_for_log(REMEDY, 2 * step + 2);

        store.recover(trouble);
        alice.works(creation).unwrap();
        alice.destroy(creation).unwrap();
        assert_eq!(key_objects(installation.token()), only_kept);
    }

    // An application that the key info manager does not know yet.
    let bob = service.client("bob");
    store.suffer(trouble);
    assert_eq!(bob.generate("first", signing(256, ECDSA)), REFUSED);
    assert_eq!(key_objects(installation.token()), only_kept);
    store.recover(trouble);
    bob.generate("first", signing(256, ECDSA)).unwrap();
    signs(&bob, "first", 256).unwrap();
    bob.destroy("first").unwrap();

    // A start changes nothing that it does not have to.
    service.stop();
    store.suffer(trouble);
    match trouble {
        // Since 1.0, which brought SQLite, the managers write at a start.
        Trouble::ReadOnly if Manager::ALL.contains(&Manager::Sqlite) => installation
            .fail()
            .is(1, &["the key info manager", "Read-only file system"]),
        Trouble::Full | Trouble::ReadOnly => {
            let service = installation.start();
            signs(&service.client("alice"), "kept", 256).unwrap();
            service.stop();
        }
    }
    store.recover(trouble);
    let service = installation.start();
    assert_eq!(service.client("alice").key_names(), ["kept"]);
    signs(&service.client("alice"), "kept", 256).unwrap();
    service.wait_for_log("Every key that a mapping names is on the token", 1);
    let log = service.stop();
    assert!(!log.contains("no mapping names it"), "{log}");
}

/// The trouble begins while the token works on the request.
fn undone_after_the_token_was_asked(manager: Manager, trouble: Trouble) {
    let mut installation = Installation::direct(manager);
    let misbehaving = Misbehaving::in_front_of(&mut installation);
    let store = Store::mount(&mut installation);
    let pair = Pair::generate(256);
    let service = installation.start();
    service.wait_for_log("Every key that a mapping names is on the token", 1);
    let client = &service.client("alice");
    let alice = Application {
        client,
        pair: &pair,
    };
    client.generate("kept", signing(256, ECDSA)).unwrap();
    let only_kept = key_objects(installation.token());

    let in_trouble = |function, request: &(dyn Fn() -> Answer + Sync)| {
        misbehaving.order(|control| control.hang = vec![Hang::new(function).times(1)]);
        thread::scope(|scope| {
            let answer = scope.spawn(request);
            until("a call hangs", || misbehaving.statistics().hanging() == 1);
            store.suffer(trouble);
            misbehaving.behave();
            answer.join().unwrap()
        })
    };
    for creation in CREATIONS {
        let function = match creation {
            Creation::Generated => Function::C_GenerateKeyPair,
            Creation::ImportedPair | Creation::ImportedPublic => Function::C_CreateObject,
        };
        let created = in_trouble(function, &|| alice.create(creation));
        assert_eq!(created, REFUSED, "{creation:?}");
        assert_eq!(client.key_names(), ["kept"]);
        assert_eq!(key_objects(installation.token()), only_kept);
        service.wait_for_log(REMEDY, 1);
        let gone = Err(ResponseStatus::PsaErrorDoesNotExist);
        assert_eq!(alice.works(creation), gone);
        store.recover(trouble);

        alice.create(creation).unwrap();
        alice.works(creation).unwrap();
        let destroyed = in_trouble(Function::C_DestroyObject, &|| alice.destroy(creation));
        // A mapping file can be removed from a full file system; all else has to wait.
        if manager == Manager::OnDisk && trouble == Trouble::Full {
            assert_eq!(destroyed, Ok(()));
            store.recover(trouble);
        } else {
            assert_eq!(destroyed, REFUSED, "{creation:?}");
            service.wait_for_log("destroy it again", 1);
            assert_eq!(alice.works(creation), gone);
            assert_eq!(client.key_names(), [&format!("{creation:?}"), "kept"]);
            store.recover(trouble);
            alice.destroy(creation).unwrap();
        }
        assert_eq!(client.key_names(), ["kept"]);
        assert_eq!(key_objects(installation.token()), only_kept);
        signs(client, "kept", 256).unwrap();
    }
    // What waits is finished by a start, too.
    alice.create(Creation::Generated).unwrap();
    let _ = in_trouble(Function::C_DestroyObject, &|| {
        alice.destroy(Creation::Generated)
    });
    store.recover(trouble);
    service.stop();
    let service = installation.start();
    let client = service.client("alice");
    assert_eq!(client.key_names(), ["kept"]);
    signs(&client, "kept", 256).unwrap();
    service.stop();
    assert_eq!(key_objects(installation.token()), only_kept);
}

#[test]
fn a_request_that_cannot_be_stored_changes_nothing() {
    with_own_mounts(
        "storage_failure::a_request_that_cannot_be_stored_changes_nothing",
        || {
            for manager in Manager::ALL {
                for trouble in Trouble::ALL {
                    eprintln!("{manager:?} {trouble:?}");
                    refused_before_the_token_is_asked(manager, trouble);
                }
            }
        },
    );
}

#[test]
fn a_request_whose_end_cannot_be_stored_is_undone_or_finished_later() {
    with_own_mounts(
        "storage_failure::a_request_whose_end_cannot_be_stored_is_undone_or_finished_later",
        || {
            for manager in Manager::ALL {
                for trouble in Trouble::ALL {
                    eprintln!("{manager:?} {trouble:?}");
                    undone_after_the_token_was_asked(manager, trouble);
                }
            }
        },
    );
}
