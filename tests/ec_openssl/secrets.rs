//! Owns the comparison of ECDH secrets, those with leading zeros included.

use openssl::derive::Deriver;
use openssl::pkey::PKey;
use parsec_pkcs11_ecc::ec::{PrivateKey, SharedSecret, software};

use crate::judge::{Key, curves};

fn openssl_secret(key: &Key, peer: &Key) -> Vec<u8> {
    let key = PKey::from_ec_key(key.pair.clone()).unwrap();
    let peer = PKey::from_ec_key(peer.pair.clone()).unwrap();
    let mut deriver = Deriver::new(&key).unwrap();
    deriver.set_peer(&peer).unwrap();
    deriver.derive_to_vec().unwrap()
}

fn our_secret(key: &Key, peer: &Key) -> Vec<u8> {
    let key = PrivateKey::from_value(key.curve, &key.pair.private_key().to_vec()).unwrap();
    let secret = software::agree(&key, &peer.public()).unwrap();
    secret.as_bytes().to_vec()
}

#[test]
fn secrets_are_openssls() {
    for curve in curves() {
        for _ in 0..10 {
            let (one, other) = (Key::generate(curve), Key::generate(curve));
            let expected = openssl_secret(&one, &other);
            assert_eq!(our_secret(&one, &other), expected, "{curve}");
            assert_eq!(our_secret(&other, &one), expected, "{curve}");
        }
    }
}

#[test]
fn a_leading_zero_is_kept() {
    for curve in curves() {
        let key = Key::generate(curve);
        let (peer, expected) = (0..20_000)
            .find_map(|_| {
                let peer = Key::generate(curve);
                let secret = openssl_secret(&key, &peer);
                (secret[0] == 0).then_some((peer, secret))
            })
            .unwrap();
        assert_eq!(expected.len(), curve.field_len());
        assert_eq!(our_secret(&key, &peer), expected, "{curve}");
        let from_token = SharedSecret::from_token(curve, &expected[1..]).unwrap();
        assert_eq!(from_token.as_bytes(), expected, "{curve}");
    }
}
