//! Owns the comparison of Montgomery keys and secrets, and the known answer of RFC 7748 for X448.

use hex_literal::hex;
use openssl::derive::Deriver;
use openssl::pkey::{Id, PKey, Private};
use parsec_pkcs11_ecc::ec::{Curve, PrivateKey, PublicKey, software};

fn secret_of(key: &PKey<Private>, peer: &PKey<Private>) -> Vec<u8> {
    let mut deriver = Deriver::new(key).unwrap();
    deriver.set_peer(peer).unwrap();
    deriver.derive_to_vec().unwrap()
}

#[test]
fn keys_and_secrets_are_openssls() {
    for (curve, id) in [(Curve::Curve25519, Id::X25519), (Curve::Curve448, Id::X448)] {
        if software::require(curve).is_err() {
            continue;
        }
        for _ in 0..100 {
            let pairs = [(); 2].map(|()| {
                let key = PrivateKey::random(curve).unwrap();
                let theirs = PKey::private_key_from_raw_bytes(key.as_bytes(), id).unwrap();
                let public = key.public_key().unwrap();
                assert_eq!(public.as_bytes(), theirs.raw_public_key().unwrap());
                (key, public, theirs)
            });
            let [(key, _, theirs), (_, peer, their_peer)] = &pairs;
            let secret = software::agree(key, peer).unwrap();
            assert_eq!(secret.as_bytes(), secret_of(theirs, their_peer), "{curve}");
        }
    }
}

/// The highest bit of u is not part of it, and stays in the bytes: RFC 7748, section 5.
#[test]
fn the_unused_bit_of_curve25519_is_ignored() {
    let key = PrivateKey::random(Curve::Curve25519).unwrap();
    let peer = PrivateKey::random(Curve::Curve25519).unwrap();
    let peer = peer.public_key().unwrap();
    let mut masked = peer.as_bytes().to_vec();
    masked[31] |= 0x80;
    let same = PublicKey::from_bytes(Curve::Curve25519, &masked).unwrap();
    assert_eq!(same.as_bytes(), masked);
    let [secret, same] = [peer, same].map(|peer| software::agree(&key, &peer).unwrap());
    assert_eq!(secret.as_bytes(), same.as_bytes());
}

/// RFC 7748, section 6.2; Alice's keys.
#[test]
fn the_key_of_the_rfc() {
    if software::require(Curve::Curve448).is_err() {
        return;
    }
    let private = hex!(
        "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28d"
        "d9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b"
    );
    let public = hex!(
        "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c"
        "22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0"
    );
    let key = PrivateKey::from_bytes(Curve::Curve448, &private).unwrap();
    assert_eq!(key.public_key().unwrap().as_bytes(), public);
}
