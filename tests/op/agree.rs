//! Tests of `op::agree`.

use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::op::{agree, destroy, export, generate};

use crate::fixture::{ALL_USES, made, new_key};
use crate::{ABILITIES, access, openssl, openssl_private};

#[test]
fn secrets_are_openssls_leading_zeros_included() {
    let token = access().open();
    for &curve in ABILITIES.agree {
        let key = new_key(curve, ALL_USES);
        generate::generate(&token, &key).unwrap();
        let point = export::export_public(&token, made(&key)).unwrap();
        for leading_zero in [true, false] {
            let (peer, expected) = (0..8192)
                .map(|_| openssl::new_pair(curve))
                .map(|peer| {
                    let secret = openssl_private::agree(curve, &peer, point.as_bytes());
                    (peer, secret)
                })
                .find(|(_, secret)| (secret[0] == 0) == leading_zero)
                .unwrap();
            let secret = agree::agree(&token, made(&key), &openssl::point(&peer)).unwrap();
            assert!(secret.as_bytes() == expected, "{curve}");
            assert_eq!(secret.as_bytes().len(), curve.field_len());
        }
    }
}

/// The first agreement on a curve proves that the token does it rightly, by this key if it can.
#[test]
fn a_key_without_its_public_half_agrees() {
    for &curve in ABILITIES.agree {
        let token = access().open();
        let key = new_key(curve, ALL_USES);
        generate::generate(&token, &key).unwrap();
        let point = export::export_public(&token, made(&key)).unwrap();
        assert_eq!(destroy::destroy_public(&token, made(&key)).unwrap(), 1);
        let peer = openssl::new_pair(curve);
        let secret = agree::agree(&token, made(&key), &openssl::point(&peer)).unwrap();
        assert!(secret.as_bytes() == openssl_private::agree(curve, &peer, point.as_bytes()));
    }
}

#[test]
fn a_peer_whose_point_begins_like_der_is_a_peer_like_any_other() {
    let token = access().open();
    for &curve in ABILITIES.agree {
        let key = new_key(curve, ALL_USES);
        generate::generate(&token, &key).unwrap();
        let point = export::export_public(&token, made(&key)).unwrap();
        let begins_like_der = |peer: &Vec<u8>| usize::from(peer[1]) == peer.len() - 2;
        let peer = (0..8192)
            .map(|_| openssl::new_pair(curve))
            .find(|peer| begins_like_der(&openssl::point(peer)));
        let Some(peer) = peer else {
            // The coordinates of secp521r1 begin with 00 or 01.
            assert_eq!(curve, Curve::Secp521r1);
            continue;
        };
        let secret = agree::agree(&token, made(&key), &openssl::point(&peer)).unwrap();
        assert!(secret.as_bytes() == openssl_private::agree(curve, &peer, point.as_bytes()));
    }
}

#[test]
fn points_that_are_none_are_refused_before_the_token_sees_them() {
    let token = access().open();
    for &curve in ABILITIES.agree {
        let key = new_key(curve, ALL_USES);
        generate::generate(&token, &key).unwrap();
        let good = openssl::point(&openssl::new_pair(curve));

        let mut off_curve = good.clone();
        *off_curve.last_mut().unwrap() ^= 1;
        let all_zero = vec![0; good.len()];
        let zero_coordinates = [&[4][..], &all_zero[1..]].concat();
        let compressed = [&[2][..], &good[1..1 + curve.field_len()]].concat();
        let infinity = vec![0];
        let too_long = [&good[..], &[0]].concat();
        for bad in [
            off_curve,
            all_zero,
            zero_coordinates,
            compressed,
            infinity,
            too_long,
            Vec::new(),
        ] {
            let error = agree::agree(&token, made(&key), &bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{curve}");
        }
        agree::agree(&token, made(&key), &good).unwrap();
    }
}
