//! Tests of `op::sign` and `op::verify`.

use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::ec::Hash;
use parsec_pkcs11_ecc::op::{export, generate, sign, verify};

use crate::fixture::{ALL_USES, made, new_key};
use crate::{CURVES, access, openssl, threads};

#[test]
fn signatures_over_digests_of_every_length_verify_everywhere() {
    let token = access().open();
    for &curve in CURVES {
        let key = new_key(curve, ALL_USES);
        generate::generate(&token, &key).unwrap();
        let point = export::export_public(&token, made(&key)).unwrap();
        for length in [1, 16, 20, 28, 32, 48, 64, 65, 66, 67, 100] {
            let digest = vec![0xa5; length];
            let signature = sign::sign(&token, made(&key), &digest).unwrap();
            let signature = signature.as_bytes();
            let what = format!("{curve}, {length} bytes");
            assert!(
                openssl::verifies(curve, point.as_bytes(), &digest, signature),
                "{what}"
            );
            verify::verify(&token, made(&key), &digest, signature).expect(&what);
            verify::verify_in_software(&token, made(&key), &digest, signature).expect(&what);
        }
    }
}

#[test]
fn a_signature_over_each_hash_is_openssls() {
    let token = access().open();
    let curve = *CURVES.last().unwrap();
    let key = new_key(curve, ALL_USES);
    generate::generate(&token, &key).unwrap();
    let point = export::export_public(&token, made(&key)).unwrap();
    for hash in [Hash::Sha224, Hash::Sha256, Hash::Sha512, Hash::Sha3_384] {
        let digest = hash.digest(b"a message");
        let signature = sign::sign(&token, made(&key), &digest).unwrap();
        assert!(openssl::verifies(
            curve,
            point.as_bytes(),
            &digest,
            signature.as_bytes()
        ));
    }
}

#[test]
fn what_is_no_signature_of_the_digest_is_refused_on_the_token_and_in_software() {
    let token = access().open();
    for &curve in CURVES {
        let key = new_key(curve, ALL_USES);
        generate::generate(&token, &key).unwrap();
        let good = sign::sign(&token, made(&key), &[7; 32]).unwrap();
        let good = good.as_bytes();
        let half = curve.order_len();

        let mut flipped = good.to_vec();
        flipped[half - 1] ^= 1;
        let zero_r = [&vec![0; half][..], &good[half..]].concat();
        let zero_s = [&good[..half], &vec![0; half][..]].concat();
        let large_r = [curve.order(), &good[half..]].concat();
        let large_s = [&good[..half], curve.order()].concat();
        let short = good[..good.len() - 1].to_vec();
        let long = [good, &[0]].concat();
        for bad in [
            flipped,
            zero_r,
            zero_s,
            large_r,
            large_s,
            short,
            long,
            Vec::new(),
        ] {
            for verified in [
                verify::verify(&token, made(&key), &[7; 32], &bad),
                verify::verify_in_software(&token, made(&key), &[7; 32], &bad),
            ] {
                assert_eq!(verified.unwrap_err().kind(), ErrorKind::InvalidSignature);
            }
        }
        verify::verify(&token, made(&key), &[7; 32], good).unwrap();
    }
}

#[test]
fn many_threads_share_the_sessions() {
    let token = access().open();
    let curve = *CURVES.last().unwrap();
    let key = new_key(curve, ALL_USES);
    generate::generate(&token, &key).unwrap();
    let point = export::export_public(&token, made(&key)).unwrap();
    threads::run(64, |thread| {
        for round in 0..10 {
            let digest = [u8::try_from(thread).unwrap(), round].repeat(16);
            let signature = sign::sign(&token, made(&key), &digest).unwrap();
            assert!(openssl::verifies(
                curve,
                point.as_bytes(),
                &digest,
                signature.as_bytes()
            ));
        }
    });
}
