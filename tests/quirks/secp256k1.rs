//! SoftHSM2's issue 901: one reporter sees secp256k1 signatures of which 35 to 65 % do not verify.

use std::sync::atomic::{AtomicUsize, Ordering};

use parsec_pkcs11_ecc::ec::{Curve, Hash};
use parsec_pkcs11_ecc::op::{export, generate, sign, verify};

use crate::fixture::{ALL_USES, made, new_key};
use crate::judge;
use crate::quirk::playing;
use crate::threads;

const CURVE: Curve = Curve::Secp256k1;
const THREADS: usize = 8;
const KEYS: usize = 20;

/// How many signatures are made, by one thread and by eight together: `SOAK_SIGNATURES`, else 500.
fn signatures() -> usize {
    std::env::var("SOAK_SIGNATURES").map_or(500, |number| number.parse().expect("a number"))
}

#[test]
fn every_secp256k1_signature_verifies_everywhere() {
    let faulty = playing(|_| {});
    let token = faulty.open();
    let keys = [(); KEYS].map(|()| {
        let key = new_key(CURVE, ALL_USES);
        generate::generate(&token, &key).unwrap();
        let public = export::export_public(&token, made(&key)).unwrap();
        (key, public)
    });
    let [by_openssl, by_token] = [(); 2].map(|()| AtomicUsize::new(0));
    let sign_one = |number: usize| {
        let (key, public) = &keys[number % KEYS];
        let digest = Hash::Sha256.digest(&number.to_be_bytes());
        let signature = sign::sign(&token, made(key), &digest).unwrap();
        let signature = signature.as_bytes();
        if !judge::verifies(CURVE, public.as_bytes(), &digest, signature) {
            by_openssl.fetch_add(1, Ordering::Relaxed);
        }
        if verify::verify(&token, made(key), &digest, signature).is_err() {
            by_token.fetch_add(1, Ordering::Relaxed);
        }
    };
    for threads in [1, THREADS] {
        let next = AtomicUsize::new(0);
        threads::run(threads, |_| {
            loop {
                match next.fetch_add(1, Ordering::Relaxed) {
                    number if number < signatures() => sign_one(number),
                    _ => break,
                }
            }
        });
        let refused = [&by_openssl, &by_token].map(|refused| refused.load(Ordering::Relaxed));
        assert_eq!(refused, [0, 0], "of {} by {threads} threads", signatures());
    }
}
