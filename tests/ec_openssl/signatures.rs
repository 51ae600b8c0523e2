//! Owns the comparison of verification: every length of digest, and what tampering does.

use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::rand::rand_bytes;
use parsec_pkcs11_ecc::ec::{PublicKey, Signature, software, truncate_digest};
use parsec_pkcs11_ecc::error::ErrorKind;

use crate::judge::{Key, curves};

fn verifies(key: &PublicKey, digest: &[u8], signature: &Signature) -> bool {
    match software::verify(key, digest, signature) {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidSignature);
            false
        }
    }
}

fn openssl_verifies(key: &Key, digest: &[u8], signature: &Signature) -> bool {
    let (r, s) = signature.as_bytes().split_at(key.curve.order_len());
    let [r, s] = [r, s].map(|half| BigNum::from_slice(half).unwrap());
    let signature = EcdsaSig::from_private_components(r, s).unwrap();
    signature.verify(digest, &key.pair).unwrap()
}

/// The same signature with n - s for s.
fn with_other_s(signature: &Signature) -> Signature {
    let curve = signature.curve();
    let (r, s) = signature.as_bytes().split_at(curve.order_len());
    let order = BigNum::from_slice(curve.order()).unwrap();
    let mut other = BigNum::new().unwrap();
    other
        .checked_sub(&order, &BigNum::from_slice(s).unwrap())
        .unwrap();
    let other = other
        .to_vec_padded(i32::try_from(curve.order_len()).unwrap())
        .unwrap();
    Signature::from_bytes(curve, &[r, &other].concat()).unwrap()
}

fn flip(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    flipped[at] ^= 1;
    flipped
}

#[test]
fn digests_of_every_length() {
    for curve in curves() {
        let key = Key::generate(curve);
        let public = key.public();
        for len in 1..=128 {
            let mut digest = vec![0; len];
            rand_bytes(&mut digest).unwrap();
            let signature = key.sign(&digest);
            assert!(verifies(&public, &digest, &signature), "{curve} {len}");
        }
    }
}

/// Ones exceed every order, zeros are z = 0; a token is given the cut digest.
#[test]
fn digests_of_ones_and_zeros() {
    for curve in curves() {
        let key = Key::generate(curve);
        let public = key.public();
        let len = curve.order_len();
        for len in [1, len - 1, len, len + 1, 128] {
            for digest in [vec![0xff; len], vec![0; len]] {
                let signature = key.sign(&digest);
                assert!(verifies(&public, &digest, &signature), "{curve} {len}");
                let cut = truncate_digest(curve, &digest);
                assert!(verifies(&public, cut, &signature), "{curve} {len}");
            }
        }
    }
}

/// Flips each bit around the end of what the order uses: verdicts must be OpenSSL's, bit by bit.
#[test]
fn the_same_bits_of_a_digest_count() {
    for curve in curves() {
        let key = Key::generate(curve);
        let public = key.public();
        let mut digest = [0; 128];
        rand_bytes(&mut digest).unwrap();
        let signature = key.sign(&digest);
        let used = curve.order_bits();
        for at in [0, 7]
            .into_iter()
            .chain(used - 9..used + 9)
            .chain([1016, 1023])
        {
            let mut changed = digest;
            changed[at / 8] ^= 0x80 >> (at % 8);
            let verdict = verifies(&public, &changed, &signature);
            assert_eq!(
                verdict,
                openssl_verifies(&key, &changed, &signature),
                "{curve} {at}"
            );
            assert_eq!(verdict, at >= used, "{curve} {at}");
        }
    }
}

#[test]
fn the_order_as_a_digest_is_zero() {
    for curve in curves() {
        let key = Key::generate(curve);
        let public = key.public();
        for len in [curve.order_len(), curve.order_len() - 1] {
            let digest = &curve.order()[..len];
            let signature = key.sign(digest);
            assert!(verifies(&public, digest, &signature), "{curve}");
        }
        let surplus = 8 * curve.order_len() - curve.order_bits();
        if surplus == 0 {
            let signature = key.sign(&[0; 20]);
            assert!(openssl_verifies(&key, curve.order(), &signature));
            assert!(verifies(&public, curve.order(), &signature), "{curve}");
        }
    }
}

#[test]
fn low_and_high_s_are_valid() {
    for curve in curves() {
        let key = Key::generate(curve);
        let public = key.public();
        for count in 0..5 {
            let digest = [count; 32];
            let signature = key.sign(&digest);
            let other = with_other_s(&signature);
            assert_ne!(signature, other);
            assert!(openssl_verifies(&key, &digest, &other));
            assert!(verifies(&public, &digest, &signature), "{curve}");
            assert!(verifies(&public, &digest, &other), "{curve}");
        }
    }
}

#[test]
fn tampering_is_noticed() {
    for curve in curves() {
        let (key, stranger) = (Key::generate(curve), Key::generate(curve).public());
        let public = key.public();
        let mut digest = vec![0; 20];
        rand_bytes(&mut digest).unwrap();
        // A leading zero does not count: the digest without it would be the same number.
        digest[0] |= 1;
        let signature = key.sign(&digest);
        assert!(verifies(&public, &digest, &signature));
        assert!(!verifies(&stranger, &digest, &signature));
        assert!(!verifies(&public, &digest[1..], &signature));
        for at in [0, 1, 10, 19] {
            assert!(
                !verifies(&public, &flip(&digest, at), &signature),
                "{curve} {at}"
            );
        }
        let len = curve.order_len();
        for at in [0, 1, len / 2, len - 1, len, len + 1, 2 * len - 1] {
            let tampered = flip(signature.as_bytes(), at);
            // A flip of the highest byte may leave the range; then there is no signature at all.
            if let Ok(tampered) = Signature::from_bytes(curve, &tampered) {
                assert!(!openssl_verifies(&key, &digest, &tampered));
                assert!(!verifies(&public, &digest, &tampered), "{curve} {at}");
            }
        }
        let (r, s) = signature.as_bytes().split_at(len);
        let swapped = Signature::from_bytes(curve, &[s, r].concat()).unwrap();
        assert!(!verifies(&public, &digest, &swapped), "{curve}");
    }
}

/// A token that strips leading zeros from both halves alike still gives the wire form.
#[test]
fn halves_with_leading_zeros() {
    for curve in curves() {
        let key = Key::generate(curve);
        let digest = [0x2a; 32];
        let len = curve.order_len();
        // Of P-521's first bytes most are zero; of the others one in 128 signatures has such a half.
        let signature = (0..20_000)
            .map(|_| key.sign(&digest))
            .find(|signature| signature.as_bytes()[0] == 0 || signature.as_bytes()[len] == 0)
            .unwrap();
        assert!(verifies(&key.public(), &digest, &signature), "{curve}");
        let (r, s) = signature.as_bytes().split_at(len);
        if r[0] == 0 && s[0] == 0 {
            let stripped = [&r[1..], &s[1..]].concat();
            assert_eq!(Signature::from_token(curve, &stripped).unwrap(), signature);
        }
    }
}
