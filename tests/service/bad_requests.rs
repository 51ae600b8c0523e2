//! Requests about keys that exist which are refused, each with its status, and nothing lost.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

use parsec_client::core::interface::operations::psa_algorithm::{
    AsymmetricSignature, Hash, SignHash,
};
use parsec_client::core::interface::operations::psa_key_attributes::UsageFlags;
use parsec_client::core::interface::requests::{Response, ResponseStatus};

use crate::client::Client;
use crate::fixture::{Installation, Manager};
use crate::keys::{
    ANY_HASH, CURVES, ECDH, ECDSA, PAIR, PUBLIC, agreeing, attributes, derive_only, ecdsa,
    sign_and_verify, sign_only, signing, signs, verify_only, verifying,
};
use crate::openssl::{self, Pair, byte_length, order};

const INVALID: ResponseStatus = ResponseStatus::PsaErrorInvalidArgument;
const NOT_PERMITTED: ResponseStatus = ResponseStatus::PsaErrorNotPermitted;
const BAD_SIGNATURE: ResponseStatus = ResponseStatus::PsaErrorInvalidSignature;

fn digest() -> Vec<u8> {
    openssl::digest(Hash::Sha256, b"a message")
}

fn bad_signatures(bits: usize, good: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let length = byte_length(bits);
    let with_r = |r: &[u8]| [r, &good[length..]].concat();
    let with_s = |s: &[u8]| [&good[..length], s].concat();
    let flipped = |index: usize| {
        let mut signature = good.to_vec();
        signature[index] ^= 1;
        signature
    };
    vec![
        ("no byte", Vec::new()),
        ("one byte short", good[..2 * length - 1].to_vec()),
        ("one byte long", [good, &[0]].concat()),
        ("two bytes short", good[1..2 * length - 1].to_vec()),
        ("half", good[..length].to_vec()),
        ("twice", [good, good].concat()),
        ("r = 0", with_r(&vec![0; length])),
        ("s = 0", with_s(&vec![0; length])),
        ("r = n", with_r(&order(bits))),
        ("s = n", with_s(&order(bits))),
        ("r too large", with_r(&vec![0xff; length])),
        ("s too large", with_s(&vec![0xff; length])),
        ("another r", flipped(length - 1)),
        ("another s", flipped(2 * length - 1)),
        (
            "r and s swapped",
            [&good[length..], &good[..length]].concat(),
        ),
    ]
}

fn every_bad_signature(client: &Client) {
    for bits in CURVES {
        let name = format!("signing-{bits}");
        client.generate(&name, signing(bits, ECDSA)).unwrap();
        let good = client.sign_hash(&name, ECDSA, &digest()).unwrap();
        for (what, signature) in bad_signatures(bits, &good) {
            let of_digest = client.verify_hash(&name, ECDSA, &digest(), &signature);
            let of_message = client.verify_message(&name, ECDSA, b"a message", &signature);
            assert_eq!(
                [of_digest, of_message],
                [Err(BAD_SIGNATURE); 2],
                "{what}, {bits} bits"
            );
        }
        let other = openssl::digest(Hash::Sha256, b"another message");
        assert_eq!(
            client.verify_hash(&name, ECDSA, &other, &good),
            Err(BAD_SIGNATURE)
        );
        client.verify_hash(&name, ECDSA, &digest(), &good).unwrap();
    }
}

#[test]
fn signatures_that_do_not_verify() {
    for software in ["false", "true"] {
        let mut installation = Installation::direct(Manager::Sqlite);
        installation
            .provider
            .insert("software_public_operations", software.to_owned());
        let service = installation.start();
        every_bad_signature(&service.client("alice"));
        service.stop();
    }
}

#[test]
fn digests_of_a_wrong_length() {
    let installation = Installation::direct(Manager::Sqlite);
    let service = installation.start();
    let client = service.client("alice");
    let any = AsymmetricSignature::EcdsaAny;
    client.generate("sha256", signing(256, ECDSA)).unwrap();
    client.generate("any", signing(256, any)).unwrap();
    let signature = client.sign_hash("sha256", ECDSA, &digest()).unwrap();
    for length in [0, 1, 20, 31, 33, 48, 64] {
        let digest = vec![7; length];
        assert_eq!(
            client.sign_hash("sha256", ECDSA, &digest),
            Err(INVALID),
            "{length}"
        );
        let verified = client.verify_hash("sha256", ECDSA, &digest, &signature);
        assert_eq!(verified, Err(INVALID), "{length}");
    }
    assert_eq!(client.sign_hash("any", any, &[]), Err(INVALID));
    assert_eq!(
        client.verify_hash("any", any, &[], &signature),
        Err(INVALID)
    );
    signs(&client, "sha256", 256).unwrap();
    service.stop();
}

#[test]
fn uses_that_the_policy_forbids() {
    let installation = Installation::direct(Manager::OnDisk);
    let service = installation.start();
    let client = service.client("alice");
    let pair = Pair::generate(256);
    let rsa = AsymmetricSignature::RsaPkcs1v15Sign {
        hash_alg: SignHash::Specific(Hash::Sha256),
    };
    let messages = *UsageFlags::default()
        .set_sign_message()
        .set_verify_message();
    client.generate("both", signing(256, ECDSA)).unwrap();
    client
        .generate("signs", attributes(PAIR, 256, sign_only(), ECDSA))
        .unwrap();
    client
        .generate("verifies", attributes(PAIR, 256, verify_only(), ECDSA))
        .unwrap();
    client
        .generate("messages", attributes(PAIR, 256, messages, ECDSA))
        .unwrap();
    client.generate("agrees", agreeing(256)).unwrap();
    client.generate("any", signing(256, ANY_HASH)).unwrap();
    let derives_by_ecdsa = attributes(PAIR, 256, derive_only(), ECDSA);
    client
        .generate("derives by ECDSA", derives_by_ecdsa)
        .unwrap();
    let signs_by_ecdh = attributes(PAIR, 256, sign_and_verify(), ECDH);
    client.generate("signs by ECDH", signs_by_ecdh).unwrap();

    for (name, algorithm, length) in [
        ("verifies", ECDSA, 32),
        ("messages", ECDSA, 32),
        ("agrees", ECDSA, 32),
        ("derives by ECDSA", ECDSA, 32),
        ("signs by ECDH", ECDSA, 32),
        ("both", ecdsa(Hash::Sha384), 48),
        ("both", ecdsa(Hash::Sha3_256), 32),
        ("both", AsymmetricSignature::EcdsaAny, 32),
        ("both", rsa, 32),
        ("any", ANY_HASH, 32),
        ("any", AsymmetricSignature::EcdsaAny, 32),
    ] {
        let digest = vec![7; length];
        let signed = client.sign_hash(name, algorithm, &digest);
        assert_eq!(signed, Err(NOT_PERMITTED), "{name}, {algorithm:?}");
    }
    let signature = client.sign_hash("signs", ECDSA, &digest()).unwrap();
    for name in ["signs", "messages", "agrees"] {
        let verified = client.verify_hash(name, ECDSA, &digest(), &signature);
        assert_eq!(verified, Err(NOT_PERMITTED), "{name}");
    }
    let signature = client.sign_message("messages", ECDSA, b"").unwrap();
    client
        .verify_message("messages", ECDSA, b"", &signature)
        .unwrap();
    assert_eq!(
        client.sign_message("verifies", ECDSA, b""),
        Err(NOT_PERMITTED)
    );
    assert_eq!(
        client.verify_message("signs", ECDSA, b"", &signature),
        Err(NOT_PERMITTED)
    );
    for name in ["both", "derives by ECDSA", "signs by ECDH"] {
        assert_eq!(
            client.agree(name, &pair.point()),
            Err(NOT_PERMITTED),
            "{name}"
        );
    }
    assert_eq!(client.export("both"), Err(NOT_PERMITTED));
    signs(&client, "both", 256).unwrap();
    service.stop();
}

#[test]
fn a_public_key_does_not_sign() {
    let installation = Installation::direct(Manager::Sqlite);
    let service = installation.start();
    let client = service.client("alice");
    let point = Pair::generate(256).point();
    let may_sign = attributes(PUBLIC, 256, sign_and_verify(), ECDSA);
    client.import("may sign", may_sign, &point).unwrap();
    client
        .import("verifies", verifying(256, ECDSA), &point)
        .unwrap();
    assert_eq!(client.sign_hash("may sign", ECDSA, &digest()), Err(INVALID));
    assert_eq!(client.sign_message("may sign", ECDSA, b""), Err(INVALID));
    assert_eq!(
        client.sign_hash("verifies", ECDSA, &digest()),
        Err(NOT_PERMITTED)
    );
    service.stop();
}

#[test]
fn peers_that_are_no_point_of_the_curve() {
    let installation = Installation::direct(Manager::Sqlite);
    let service = installation.start();
    let client = service.client("alice");
    for bits in CURVES {
        let name = format!("agreement-{bits}");
        client.generate(&name, agreeing(bits)).unwrap();
        let good = Pair::generate(bits).point();
        let mut off_curve = good.clone();
        *off_curve.last_mut().unwrap() ^= 1;
        let mut not_in_field = good.clone();
        not_in_field[1..].fill(0xff);
        let mut origin = good.clone();
        origin[1..].fill(0);
        let other = if bits == 256 { 384 } else { 256 };
        for (what, peer) in [
            ("no byte", Vec::new()),
            ("infinity", vec![0]),
            ("one byte short", good[..good.len() - 1].to_vec()),
            ("one byte long", [good.as_slice(), &[0]].concat()),
            ("without 04", good[1..].to_vec()),
            ("off the curve", off_curve),
            ("not in the field", not_in_field),
            ("the point (0, 0)", origin),
            ("a point of another curve", Pair::generate(other).point()),
        ] {
            assert_eq!(
                client.agree(&name, &peer),
                Err(INVALID),
                "{what}, {bits} bits"
            );
        }
        client.agree(&name, &good).unwrap();
    }
    service.stop();
}

#[test]
fn names_that_exist_and_names_that_do_not() {
    for manager in Manager::ALL {
        let installation = Installation::direct(manager);
        let service = installation.start();
        let client = service.client("alice");
        let pair = Pair::generate(256);
        client.generate("key", signing(256, ECDSA)).unwrap();
        let point = client.export_public("key").unwrap();
        let answers = [
            client.generate("key", signing(256, ECDSA)),
            client.generate("key", agreeing(384)),
            client.import("key", signing(256, ECDSA), &pair.scalar()),
            client.import("key", verifying(256, ECDSA), &pair.point()),
        ];
        assert_eq!(answers, [Err(ResponseStatus::PsaErrorAlreadyExists); 4]);
        assert_eq!(client.export_public("key").unwrap(), point);
        signs(&client, "key", 256).unwrap();

        let absent = ResponseStatus::PsaErrorDoesNotExist;
        for name in ["", "KEY", "key ", "ke", "keys"] {
            assert_eq!(
                client.sign_hash(name, ECDSA, &digest()),
                Err(absent),
                "{name:?}"
            );
            assert_eq!(
                client.verify_hash(name, ECDSA, &digest(), &[7; 64]),
                Err(absent)
            );
            assert_eq!(client.sign_message(name, ECDSA, b""), Err(absent));
            assert_eq!(
                client.verify_message(name, ECDSA, b"", &[7; 64]),
                Err(absent)
            );
            assert_eq!(client.export_public(name), Err(absent));
            assert_eq!(client.export(name), Err(absent));
            assert_eq!(client.agree(name, &pair.point()), Err(absent));
            assert_eq!(client.destroy(name), Err(absent));
        }
        client.destroy("key").unwrap();
        assert_eq!(client.destroy("key"), Err(absent));
        service.stop();
    }
}

#[test]
fn bytes_that_are_no_request() {
    let installation = Installation::direct(Manager::Sqlite);
    let service = installation.start();
    let client = service.client("alice");
    client.generate("kept", signing(256, ECDSA)).unwrap();
    let mut too_large = vec![0; 36];
    too_large[..8].copy_from_slice(&[0x10, 0xa7, 0xc0, 0x5e, 30, 0, 1, 0]);
    too_large[22..26].copy_from_slice(&[0xff; 4]);
    for bytes in [
        &b""[..],
        b"\x10",
        b"GET / HTTP/1.1\r\n\r\n",
        &[0xff; 4096],
        &too_large,
    ] {
        let mut stream = UnixStream::connect(installation.socket()).unwrap();
        // The service may hang up before it has read everything.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        if stream.read_to_end(&mut answer).is_ok() && !answer.is_empty() {
            let answer = Response::read_from_stream(&mut answer.as_slice(), 0).unwrap();
            assert_ne!(answer.header.status, ResponseStatus::Success);
        }
        signs(&client, "kept", 256).unwrap();
    }
    service.stop();
}
