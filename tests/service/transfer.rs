//! Import and export of keys through the socket, against keys of OpenSSL's.

use parsec_client::core::interface::operations::psa_algorithm::Hash;
use parsec_client::core::interface::requests::ResponseStatus;

use crate::client::Client;
use crate::fixture::{Authenticator, Installation, Manager};
use crate::keys::{CURVES, ECDSA, exportable, signing, signs, verifying};
use crate::openssl::{self, Pair, byte_length};

const NOT_PERMITTED: ResponseStatus = ResponseStatus::PsaErrorNotPermitted;

fn public_keys(client: &Client, bits: usize) {
    let pair = Pair::generate(bits);
    for given in [bits, 0] {
        let name = format!("public-{bits}-{given}");
        client
            .import(&name, verifying(given, ECDSA), &pair.point())
            .unwrap();
        assert_eq!(client.export_public(&name).unwrap(), pair.point());
        assert_eq!(client.export(&name).unwrap(), pair.point());
        let keys = client.keys().unwrap();
        let listed = keys.iter().find(|key| key.name == name).unwrap();
        assert_eq!(listed.attributes, verifying(bits, ECDSA));

        let digest = openssl::digest(Hash::Sha256, name.as_bytes());
        client
            .verify_hash(&name, ECDSA, &digest, &pair.sign(&digest))
            .unwrap();
    }
}

fn key_pairs(client: &Client, bits: usize) {
    let pair = Pair::generate(bits);
    for given in [bits, 0] {
        let name = format!("pair-{bits}-{given}");
        client
            .import(&name, signing(given, ECDSA), &pair.scalar())
            .unwrap();
        assert_eq!(client.export_public(&name).unwrap(), pair.point());
        assert_eq!(client.export(&name), Err(NOT_PERMITTED));
        signs(client, &name, bits).unwrap();

        let name = format!("exportable-{bits}-{given}");
        client
            .import(&name, exportable(signing(given, ECDSA)), &pair.scalar())
            .unwrap();
        assert_eq!(client.export(&name).unwrap(), pair.scalar());
        signs(client, &name, bits).unwrap();
    }
}

fn generated_keys(client: &Client, bits: usize) {
    let name = format!("generated-{bits}");
    client.generate(&name, signing(bits, ECDSA)).unwrap();
    assert_eq!(client.export(&name), Err(NOT_PERMITTED));

    let name = format!("generated-exportable-{bits}");
    client
        .generate(&name, exportable(signing(bits, ECDSA)))
        .unwrap();
    let scalar = client.export(&name).unwrap();
    assert_eq!(scalar.len(), byte_length(bits));
    let point = client.export_public(&name).unwrap();

    // What came out is the key: imported elsewhere, it has the same point and signs.
    let copy = format!("copy-{bits}");
    client.import(&copy, signing(bits, ECDSA), &scalar).unwrap();
    assert_eq!(client.export_public(&copy).unwrap(), point);
    signs(client, &copy, bits).unwrap();
}

fn every_way(manager: Manager, authenticator: Authenticator) {
    let service = Installation::new(manager, authenticator);
    let service = service.start();
    let client = service.client("alice");
    for bits in CURVES {
        public_keys(&client, bits);
        key_pairs(&client, bits);
        generated_keys(&client, bits);
    }
    service.stop();
}

#[test]
fn on_disk() {
    every_way(Manager::OnDisk, Authenticator::Direct);
}

#[test]
fn in_sqlite() {
    every_way(Manager::Sqlite, Authenticator::UnixPeerCredentials);
}

#[test]
fn small_scalars_keep_their_leading_zeros() {
    let installation = Installation::direct(Manager::Sqlite);
    let service = installation.start();
    let client = service.client("alice");
    for bits in CURVES {
        let mut scalar = vec![0; byte_length(bits)];
        *scalar.last_mut().unwrap() = 0x2a;
        let name = format!("small-{bits}");
        client
            .import(&name, exportable(signing(bits, ECDSA)), &scalar)
            .unwrap();
        assert_eq!(client.export(&name).unwrap(), scalar);
        signs(&client, &name, bits).unwrap();
    }
    service.stop();
}

#[test]
fn the_configuration_can_forbid_exportable_key_pairs() {
    let mut installation = Installation::direct(Manager::Sqlite);
    let service = installation.start();
    let client = service.client("alice");
    client
        .generate("before", exportable(signing(256, ECDSA)))
        .unwrap();
    client.export("before").unwrap();
    service.stop();

    installation
        .provider
        .insert("allow_export", "false".to_owned());
    let service = installation.start();
    let client = service.client("alice");
    let pair = Pair::generate(256);
    let attributes = exportable(signing(256, ECDSA));
    assert_eq!(client.generate("pair", attributes), Err(NOT_PERMITTED));
    assert_eq!(
        client.import("pair", attributes, &pair.scalar()),
        Err(NOT_PERMITTED)
    );
    assert_eq!(client.export("before"), Err(NOT_PERMITTED));
    signs(&client, "before", 256).unwrap();

    // A public key is no secret, whatever its flags say.
    client
        .import("public", exportable(verifying(256, ECDSA)), &pair.point())
        .unwrap();
    assert_eq!(client.export("public").unwrap(), pair.point());
    assert_eq!(client.key_names(), ["before", "public"]);
    service.stop();
}
