//! Many threads in a mix of operations: none may fail, and every result must be right.
//!
//! Parsec's own stress test fails on SoftHSM 2.6.1, where each request logs in for itself.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parsec_pkcs11_ecc::op::{agree, destroy, export, generate, random, sign, survey, verify};
use parsec_pkcs11_ecc::token::{KeyClass, Token};

use crate::fixture::{ALL_USES, made, new_key};
use crate::{ABILITIES, CURVES, access, openssl, openssl_private, threads};

const THREADS: usize = 16;

/// How long it takes: `SOAK_STRESS_SECONDS`, else 5.
fn duration() -> Duration {
    let seconds = std::env::var("SOAK_STRESS_SECONDS")
        .map_or(5, |seconds| seconds.parse().expect("a number of seconds"));
    Duration::from_secs(seconds)
}

/// The life of one key, with everything that can be done with it.
fn live(token: &Token, round: usize) {
    let curve = CURVES[round % CURVES.len()];
    let key = new_key(curve, ALL_USES);
    generate::generate(token, &key).unwrap();
    let point = export::export_public(token, made(&key)).unwrap();
    for _ in 0..10 {
        let digest = random::random(token, 32).unwrap();
        let signature = sign::sign(token, made(&key), &digest).unwrap();
        verify::verify(token, made(&key), &digest, signature.as_bytes()).unwrap();
        assert!(openssl::verifies(
            curve,
            point.as_bytes(),
            &digest,
            signature.as_bytes()
        ));
    }
    if ABILITIES.agree.contains(&curve) {
        let peer = openssl::new_pair(curve);
        let secret = agree::agree(token, made(&key), &openssl::point(&peer)).unwrap();
        assert!(secret.as_bytes() == openssl_private::agree(curve, &peer, point.as_bytes()));
    }
    for class in [KeyClass::Private, KeyClass::Public] {
        let keys = survey::keys(token, class, &|| true).unwrap();
        assert!(keys.iter().any(|found| found.id == Some(key.id)));
    }
    assert_eq!(destroy::destroy_pair(token, made(&key)).unwrap(), 2);
}

#[test]
fn no_operation_fails_in_a_mix_of_threads() {
    let token = access().open();
    let end = Instant::now() + duration();
    let rounds = AtomicUsize::new(0);
    threads::run(THREADS, |_| {
        while Instant::now() < end {
            live(&token, rounds.fetch_add(1, Ordering::Relaxed));
        }
    });
    assert!(rounds.into_inner() >= THREADS);
}
