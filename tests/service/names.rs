//! Names of keys and applications that are unlike others.

use parsec_client::core::interface::requests::ResponseStatus;

use crate::fixture::{Installation, Manager};
use crate::keys::{ECDSA, signing, signs};
use crate::openssl::Pair;

const REFUSED: Result<(), ResponseStatus> = Err(ResponseStatus::PsaErrorInvalidArgument);

fn odd_names() -> Vec<String> {
    [
        "ключ",
        "鍵",
        "🔑",
        "a/b",
        "../../escape",
        "..",
        ".",
        " ",
        "a\nb",
        "a\0b",
        "%s{}",
        "'; --",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain(["ü".repeat(90), "x".repeat(180), "y".repeat(189)])
    .collect()
}

#[test]
fn odd_names_are_names() {
    for manager in Manager::ALL {
        let installation = Installation::direct(manager);
        let service = installation.start();
        let mut names = odd_names();
        // An application and a key of each name; and all names in one application.
        for name in &names {
            service
                .client(name)
                .generate(name, signing(256, ECDSA))
                .unwrap();
        }
        let alice = service.client("alice");
        for name in &names {
            alice.generate(name, signing(256, ECDSA)).unwrap();
        }
        service.stop();

        let service = installation.start();
        let alice = service.client("alice");
        for name in &names {
            signs(&service.client(name), name, 256).unwrap();
            signs(&alice, name, 256).unwrap();
        }
        names.sort();
        assert_eq!(alice.key_names(), names);
        for name in &names {
            alice.destroy(name).unwrap();
            assert_eq!(service.client(name).key_names(), std::slice::from_ref(name));
        }
        assert_eq!(alice.key_names(), [""; 0]);
        service.stop();
    }
}

#[test]
fn long_names_fit_into_the_database_and_not_into_file_names() {
    for manager in Manager::ALL {
        let installation = Installation::direct(manager);
        let service = installation.start();
        let alice = service.client("alice");
        let pair = Pair::generate(256);
        for length in [190, 191, 255, 256, 60_000] {
            let name = "n".repeat(length);
            let generated = alice.generate(&name, signing(256, ECDSA));
            let other = service.client(&name);
            let imported = other.import("key", signing(256, ECDSA), &pair.scalar());
            match manager {
                Manager::OnDisk => assert_eq!([generated, imported], [REFUSED; 2], "{length}"),
                Manager::Sqlite => {
                    assert_eq!([generated, imported], [Ok(()); 2], "{length}");
                    signs(&alice, &name, 256).unwrap();
                    signs(&other, "key", 256).unwrap();
                    alice.destroy(&name).unwrap();
                }
            }
        }
        assert_eq!(alice.key_names(), [""; 0]);
        service.stop();
        installation.start().stop();
    }
}

#[test]
fn an_empty_name_is_none() {
    for manager in Manager::ALL {
        let installation = Installation::direct(manager);
        let service = installation.start();
        let alice = service.client("alice");
        assert_eq!(alice.generate("", signing(256, ECDSA)), REFUSED);
        let scalar = Pair::generate(256).scalar();
        assert_eq!(alice.import("", signing(256, ECDSA), &scalar), REFUSED);
        assert_eq!(alice.destroy(""), Err(ResponseStatus::PsaErrorDoesNotExist));
        assert_eq!(alice.key_names(), [""; 0]);
        service.stop();
        installation.start().stop();
    }
}
