//! Key agreement and random bytes through the socket.

use std::iter;

use parsec_client::core::interface::requests::ResponseStatus;

use crate::client::Client;
use crate::fixture::{Authenticator, Installation, Manager};
use crate::keys::{CURVES, ECDH, PUBLIC, agreeing, attributes, derive_only};
use crate::openssl::{Pair, byte_length};

/// Peers of every kind that tokens have got wrong.
fn peers(bits: usize, point: &[u8]) -> Vec<Pair> {
    let any = || iter::repeat_with(|| Pair::generate(bits));
    let one = |wanted: &dyn Fn(&Pair) -> bool| any().find(wanted).unwrap();
    let mut peers: Vec<Pair> = any().take(5).collect();
    peers.push(one(&|peer| peer.agree(point)[0] == 0));
    peers.push(one(&|peer| peer.agree(point)[0] != 0));
    if bits != 521 {
        // 04 || x || y that could be an OCTET STRING with the first byte of x as its length.
        peers.push(one(&|peer| {
            usize::from(peer.point()[1]) == 2 * byte_length(bits) - 1
        }));
    }
    peers
}

fn with_openssl(client: &Client, bits: usize) {
    let generated = format!("generated-{bits}");
    client.generate(&generated, agreeing(bits)).unwrap();
    let imported = format!("imported-{bits}");
    let scalar = Pair::generate(bits).scalar();
    client.import(&imported, agreeing(bits), &scalar).unwrap();
    for name in [generated, imported] {
        let point = client.export_public(&name).unwrap();
        for peer in peers(bits, &point) {
            let secret = client.agree(&name, &peer.point()).unwrap();
            assert_eq!(secret.len(), byte_length(bits));
            assert!(
                secret == peer.agree(&point),
                "another secret on {bits} bits"
            );
        }
    }
}

#[test]
fn secrets_are_those_of_openssl() {
    for (manager, authenticator) in [
        (Manager::OnDisk, Authenticator::Direct),
        (Manager::Sqlite, Authenticator::UnixPeerCredentials),
    ] {
        let installation = Installation::new(manager, authenticator);
        let service = installation.start();
        let client = service.client("alice");
        for bits in CURVES {
            with_openssl(&client, bits);
        }
        service.stop();
    }
}

#[test]
fn a_public_key_agrees_nothing() {
    let installation = Installation::direct(Manager::Sqlite);
    let service = installation.start();
    let client = service.client("alice");
    let pair = Pair::generate(256);
    let public = attributes(PUBLIC, 256, derive_only(), ECDH);
    client.import("public", public, &pair.point()).unwrap();
    let refused = client.agree("public", &Pair::generate(256).point());
    assert_eq!(refused, Err(ResponseStatus::PsaErrorInvalidArgument));
    service.stop();
}

#[test]
fn random_bytes() {
    let mut installation = Installation::direct(Manager::Sqlite);
    installation
        .core_settings
        .insert("buffer_size_limit", "10000".to_owned());
    let service = installation.start();
    let client = service.client("alice");
    for size in [0, 1, 32, 4096, 4097, 10_000] {
        assert_eq!(client.random(size).unwrap().len(), size);
    }
    let large = client.random(10_000).unwrap();
    let counts = large.iter().fold([0_u32; 256], |mut counts, &byte| {
        counts[usize::from(byte)] += 1;
        counts
    });
    // 39 expected; a byte value that never comes up has probability 10^-17.
    assert!(
        counts.iter().all(|&count| count > 0 && count < 120),
        "{counts:?}"
    );
    assert!(client.random(32).unwrap() != client.random(32).unwrap());
    assert_eq!(client.random(10_001), Err(ResponseStatus::ResponseTooLarge));
    service.stop();
}
