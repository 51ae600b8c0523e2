//! Applications do not see each other; administrators see which there are.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::Command;

use parsec_client::core::interface::operations::psa_algorithm::Hash;
use parsec_client::core::interface::requests::ResponseStatus;

use crate::fixture::{Authenticator, Installation, Manager, example};
use crate::keys::{ECDSA, agreeing, exportable, signing, signs};
use crate::openssl::{self, Pair};
use crate::token_objects::key_objects;

/// A user who owns nothing.
const NOBODY: u32 = 65534;

#[test]
fn keys_of_others_do_not_exist() {
    for manager in Manager::ALL {
        let installation = Installation::direct(manager);
        let service = installation.start();
        let [alice, bob] = ["alice", "bob"].map(|name| service.client(name));
        alice
            .generate("hers", exportable(signing(256, ECDSA)))
            .unwrap();
        alice.generate("agreement", agreeing(256)).unwrap();

        let digest = openssl::digest(Hash::Sha256, b"");
        let signature = alice.sign_hash("hers", ECDSA, &digest).unwrap();
        let absent = ResponseStatus::PsaErrorDoesNotExist;
        assert_eq!(bob.key_names(), [""; 0]);
        assert_eq!(bob.sign_hash("hers", ECDSA, &digest), Err(absent));
        assert_eq!(bob.sign_message("hers", ECDSA, b""), Err(absent));
        assert_eq!(
            bob.verify_hash("hers", ECDSA, &digest, &signature),
            Err(absent)
        );
        assert_eq!(
            bob.verify_message("hers", ECDSA, b"", &signature),
            Err(absent)
        );
        assert_eq!(bob.export_public("hers"), Err(absent));
        assert_eq!(bob.export("hers"), Err(absent));
        assert_eq!(
            bob.agree("agreement", &Pair::generate(256).point()),
            Err(absent)
        );
        assert_eq!(bob.destroy("hers"), Err(absent));
        signs(&alice, "hers", 256).unwrap();
        service.stop();
    }
}

#[test]
fn a_name_belongs_to_each_application_anew() {
    for manager in Manager::ALL {
        let installation = Installation::direct(manager);
        let service = installation.start();
        let [alice, bob] = ["alice", "bob"].map(|name| service.client(name));
        alice.generate("key", signing(256, ECDSA)).unwrap();
        bob.generate("key", signing(384, ECDSA)).unwrap();
        signs(&alice, "key", 256).unwrap();
        signs(&bob, "key", 384).unwrap();

        alice.destroy("key").unwrap();
        assert_eq!(alice.key_names(), [""; 0]);
        signs(&bob, "key", 384).unwrap();
        service.stop();
        assert_eq!(key_objects(installation.token()).len(), 2);
    }
}

#[test]
fn an_administrator_lists_and_deletes_clients() {
    for manager in Manager::ALL {
        let installation = Installation::direct(manager);
        let service = installation.start();
        let [admin, alice, bob] = ["admin", "alice", "bob"].map(|name| service.client(name));
        for name in ["one", "two"] {
            alice.generate(name, signing(256, ECDSA)).unwrap();
        }
        bob.generate("one", signing(256, ECDSA)).unwrap();

        let refused = ResponseStatus::AdminOperation;
        assert_eq!(alice.clients(), Err(refused));
        assert_eq!(alice.delete_client("bob"), Err(refused));
        assert_eq!(admin.clients().unwrap(), ["alice", "bob"]);
        assert_eq!(admin.key_names(), [""; 0]);

        admin.delete_client("alice").unwrap();
        assert_eq!(admin.clients().unwrap(), ["bob"]);
        assert_eq!(alice.key_names(), [""; 0]);
        signs(&bob, "one", 256).unwrap();
        admin.delete_client("nobody known").unwrap();
        service.stop();
        assert_eq!(key_objects(installation.token()).len(), 2);
    }
}

/// The other user is examples/quickstart.rs, which is a client as users write them.
#[test]
fn unix_users_are_told_apart_by_the_kernel() {
    let mut installation = Installation::new(Manager::Sqlite, Authenticator::UnixPeerCredentials);
    let me = fs::metadata("/proc/self").unwrap().uid();
    installation.admins = vec![me.to_string()];
    let service = installation.start();
    let client = service.client("ignored");
    client.generate("mine", signing(256, ECDSA)).unwrap();

    // Only root can be two users.
    let other = if me == 0 { NOBODY } else { me };
    let directory = installation.path("quickstart");
    fs::create_dir(&directory).unwrap();
    std::os::unix::fs::chown(&directory, (me == 0).then_some(NOBODY), None).unwrap();
    fs::set_permissions(installation.directory(), Permissions::from_mode(0o711)).unwrap();
    let program = installation.path("quickstart-program");
    fs::copy(example("quickstart"), &program).unwrap();
    let output = Command::new(&program)
        .arg(&directory)
        .env(
            "PARSEC_SERVICE_ENDPOINT",
            format!("unix:{}", installation.socket().display()),
        )
        .uid(other)
        .current_dir("/")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{printed}{}",
        String::from_utf8_lossy(&output.stderr)
    );

    signs(&client, "mine", 256).unwrap();
    if me == 0 {
        assert_eq!(client.key_names(), ["mine"]);
        assert!(!printed.contains("mine"), "{printed}");
        let mut users = [me.to_string(), NOBODY.to_string()];
        users.sort();
        assert_eq!(client.clients().unwrap(), users);
        client.delete_client(&NOBODY.to_string()).unwrap();
        assert_eq!(client.clients().unwrap(), [me.to_string()]);
        signs(&client, "mine", 256).unwrap();
    }
    service.stop();
}
