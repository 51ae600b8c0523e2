//! Owns the proof that software verification may run on many threads at once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::env;
use std::sync::Barrier;

use openssl::rand::rand_bytes;
use parsec_pkcs11_ecc::ec::{PublicKey, Signature, software};
use parsec_pkcs11_ecc::error::ErrorKind;

#[path = "ec_openssl/judge.rs"]
mod judge;
#[path = "common/threads.rs"]
mod threads;

const THREADS: usize = 16;

struct Case {
    key: PublicKey,
    digest: Vec<u8>,
    signature: Signature,
    valid: bool,
}

/// Valid signatures by OpenSSL, each beside invalid ones, on every curve with several digests.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for curve in judge::curves() {
        let [signer, stranger] = [(); 2].map(|()| judge::Key::generate(curve));
        for len in [20, 32, 48, 64, 128] {
            let mut digest = vec![0; len];
            rand_bytes(&mut digest).unwrap();
            let mut other_digest = digest.clone();
            other_digest[0] ^= 0x80;
            let signature = signer.sign(&digest);
            for (key, digest, valid) in [
                (signer.public(), digest.clone(), true),
                (stranger.public(), digest, false),
                (signer.public(), other_digest, false),
            ] {
                let signature = signature.clone();
                cases.push(Case {
                    key,
                    digest,
                    signature,
                    valid,
                });
            }
        }
    }
    cases
}

/// 16 threads, each `SOAK_VERIFICATIONS` (100) times; defect 13 of the peer is what it looks for.
#[test]
fn every_answer_is_right() {
    let verifications: usize = match env::var("SOAK_VERIFICATIONS") {
        Ok(count) => count.parse().unwrap(),
        Err(_) => 100,
    };
    let cases = cases();
    let start = Barrier::new(THREADS);
    threads::run(THREADS, |first| {
        start.wait();
        // Another start for each thread, so that curves and answers mix.
        let order = cases.iter().cycle().skip(first * 7);
        for case in order.take(verifications) {
            let answer = software::verify(&case.key, &case.digest, &case.signature);
            let answer = answer.map_err(|error| error.kind());
            let expected = if case.valid {
                Ok(())
            } else {
                Err(ErrorKind::InvalidSignature)
            };
            assert_eq!(answer, expected, "{}", case.key.curve());
        }
    });
}
