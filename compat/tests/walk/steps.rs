//! Everything that an application can do with this generation of Parsec, judged by OpenSSL.

use parsec_client::core::interface::operations::psa_algorithm::Hash;

use crate::application::{Answer, Application, Key};
use crate::fixture::{Installation, Manager};
use crate::openssl::{self, Pair, byte_length};
use crate::then;
use crate::token_objects::key_objects;
use crate::versions::today;

const CURVES: [usize; 5] = [192, 224, 256, 384, 521];

fn refused<T>(status: &str) -> Answer<T> {
    Err(status.to_owned())
}

fn digest(message: &str) -> Vec<u8> {
    openssl::digest(Hash::Sha256, message.as_bytes())
}

/// Signs as the key with that public key, and nothing else verifies.
fn signs(alice: &dyn Application, name: &str, bits: usize, point: &[u8]) {
    let digest = digest(name);
    let signature = alice.sign_hash(name, &digest).unwrap();
    assert!(openssl::verifies(bits, point, &digest, &signature));
    alice.verify_hash(name, &digest, &signature).unwrap();
    let other = openssl::digest(Hash::Sha256, b"another message");
    assert_eq!(
        alice.verify_hash(name, &other, &signature),
        refused("PsaErrorInvalidSignature")
    );
}

fn generated(alice: &dyn Application, bits: usize) {
    let name = &format!("generated {bits}");
    alice.generate(name, Key::signing(bits)).unwrap();
    let point = alice.export_public(name).unwrap();
    signs(alice, name, bits, &point);
    assert_eq!(alice.export(name), refused("PsaErrorNotPermitted"));
    assert_eq!(
        alice.generate(name, Key::signing(bits)),
        refused("PsaErrorAlreadyExists")
    );
    assert_eq!(alice.export_public(name).unwrap(), point);
}

fn imported(alice: &dyn Application, bits: usize) {
    let pair = Pair::generate(bits);
    let name = &format!("public {bits}");
    let key = Key::verifying(bits);
    alice.import(name, key, &pair.point()).unwrap();
    assert_eq!(alice.export_public(name).unwrap(), pair.point());
    let digest = digest("of OpenSSL");
    let signature = pair.sign(&digest);
    alice.verify_hash(name, &digest, &signature).unwrap();
    let wrong = Pair::generate(bits).sign(&digest);
    assert_eq!(
        alice.verify_hash(name, &digest, &wrong),
        refused("PsaErrorInvalidSignature")
    );

    let name = &format!("pair {bits}");
    let key = Key::signing(bits);
    alice.import(name, key, &pair.scalar()).unwrap();
    signs(alice, name, bits, &pair.point());
    assert_eq!(alice.export(name), refused("PsaErrorNotPermitted"));

    let name = &format!("exportable {bits}");
    let key = Key {
        exports: true,
        ..Key::signing(bits)
    };
    alice.import(name, key, &pair.scalar()).unwrap();
    signs(alice, name, bits, &pair.point());
    assert_eq!(alice.export(name).unwrap(), pair.scalar());
}

fn agreed(alice: &dyn Application, bits: usize) {
    let name = &format!("agreeing {bits}");
    alice.generate(name, Key::agreeing(bits)).unwrap();
    let point = alice.export_public(name).unwrap();
    let peer = Pair::generate(bits);
    let secret = alice.agree(name, &peer.point()).unwrap();
    assert_eq!(secret.len(), byte_length(bits));
    assert!(secret == peer.agree(&point), "another secret");
    assert_eq!(
        alice.sign_hash(name, &digest("a message")),
        refused("PsaErrorNotPermitted")
    );
}

/// What the policy of a key, its kind or its data forbid.
fn forbidden(alice: &dyn Application) {
    let pair = Pair::generate(256);
    let digest = digest("a message");
    let public = Key {
        signs: true,
        ..Key::verifying(256)
    };
    alice
        .import("signing public", public, &pair.point())
        .unwrap();
    assert_eq!(
        alice.sign_hash("signing public", &digest),
        refused("PsaErrorInvalidArgument")
    );
    let verifies_only = Key {
        signs: false,
        ..Key::signing(256)
    };
    alice
        .import("verifies", verifies_only, &pair.scalar())
        .unwrap();
    assert_eq!(
        alice.sign_hash("verifies", &digest),
        refused("PsaErrorNotPermitted")
    );
    assert_eq!(
        alice.agree("verifies", &pair.point()),
        refused("PsaErrorNotPermitted")
    );
    let signs_only = Key {
        verifies: false,
        ..Key::signing(256)
    };
    alice.import("signs", signs_only, &pair.scalar()).unwrap();
    assert_eq!(
        alice.verify_hash("signs", &digest, &pair.sign(&digest)),
        refused("PsaErrorNotPermitted")
    );
    let mut off_the_curve = pair.point();
    off_the_curve[64] ^= 1;
    assert_eq!(
        alice.import("off the curve", Key::verifying(256), &off_the_curve),
        refused("PsaErrorInvalidArgument")
    );
    for name in ["signing public", "verifies", "signs"] {
        alice.destroy(name).unwrap();
    }
}

/// What Parsec has and this provider has not.
fn not_supported(alice: &dyn Application) {
    assert_eq!(alice.generate_rsa("rsa"), refused("PsaErrorNotSupported"));
    assert_eq!(alice.hash(b"a message"), refused("PsaErrorNotSupported"));
}

fn walk(alice: &dyn Application, bob: &dyn Application) {
    let description = alice.provider_description().unwrap();
    assert_eq!(description, "PKCS #11 provider for elliptic-curve keys.");
    assert_eq!(alice.operations().unwrap(), then::OPERATIONS);
    for bits in CURVES {
        generated(alice, bits);
        imported(alice, bits);
        agreed(alice, bits);
    }
    forbidden(alice);
    not_supported(alice);
    assert_eq!(alice.random(32).unwrap().len(), 32);

    let names = alice.keys().unwrap();
    assert_eq!(names.len(), 5 * CURVES.len());
    assert_eq!(bob.keys().unwrap(), [""; 0]);
    for name in names {
        assert_eq!(bob.export_public(&name), refused("PsaErrorDoesNotExist"));
        assert_eq!(bob.destroy(&name), refused("PsaErrorDoesNotExist"));
        alice.destroy(&name).unwrap();
        assert_eq!(alice.export_public(&name), refused("PsaErrorDoesNotExist"));
        assert_eq!(alice.destroy(&name), refused("PsaErrorDoesNotExist"));
    }
    assert_eq!(alice.keys().unwrap(), [""; 0]);
}

#[test]
fn with_a_client_of_today() {
    let installation = Installation::direct(Manager::OnDisk);
    let service = installation.start();
    let socket = installation.socket();
    let client = |name| today::Client::connect(&socket, name);
    walk(&client("alice"), &client("bob"));
    assert!(key_objects(installation.token()).is_empty());
    service.stop();
}

#[test]
fn with_a_client_of_that_time() {
    let installation = Installation::direct(Manager::OnDisk);
    let service = installation.start();
    let socket = installation.socket();
    let client = |name| then::Client::connect(&socket, name);
    walk(&client("alice"), &client("bob"));
    assert!(key_objects(installation.token()).is_empty());
    service.stop();
}
