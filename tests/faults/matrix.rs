//! Each function that the operations use, answered with each CKR: no panic, no hang, no wrong answer, and
//! the next request works.

use std::time::{Duration, Instant};

use misbehaving_module::control::{Control, Inject};
use misbehaving_module::names::{Function, Rv};
use parsec_pkcs11_ecc::Error;
use parsec_pkcs11_ecc::op::{agree, destroy, export, generate, random, sign, verify};
use parsec_pkcs11_ecc::token::Token;

use crate::fixture::{ALL_USES, made, new_key};
use crate::openssl;
use crate::setup::{Faulty, key_on};

/// What the operations of a running service call.
const FUNCTIONS: &[Function] = &[
    Function::C_OpenSession,
    Function::C_CloseSession,
    Function::C_GetSessionInfo,
    Function::C_GetMechanismInfo,
    Function::C_FindObjectsInit,
    Function::C_FindObjects,
    Function::C_FindObjectsFinal,
    Function::C_GetAttributeValue,
    Function::C_GenerateKeyPair,
    Function::C_CreateObject,
    Function::C_DestroyObject,
    Function::C_SignInit,
    Function::C_Sign,
    Function::C_VerifyInit,
    Function::C_Verify,
    Function::C_DeriveKey,
    Function::C_GenerateRandom,
];

/// All values of PKCS#11 3.0 but CKR_OK, and two that it does not have.
fn answers() -> impl Iterator<Item = Rv> {
    (1..0x210)
        .map(Rv)
        .filter(|rv| rv.to_string().starts_with("CKR_"))
        .chain([Rv(0x3ff), Rv(0x8000_0001)])
}

/// Each so-many-th answer is tried, others with each function: `SOAK_MATRIX_STEP`, else 8.
fn step() -> usize {
    std::env::var("SOAK_MATRIX_STEP").map_or(8, |step| step.parse().expect("a number"))
}

struct Life<'a> {
    token: &'a Token,
    peer: Vec<u8>,
    slowest: Duration,
}

impl Life<'_> {
    /// A key made, used in every way, and destroyed; stops at the first error.
    fn live(&mut self) -> Result<(), Error> {
        let begin = Instant::now();
        let token = self.token;
        let key = new_key(parsec_pkcs11_ecc::ec::Curve::Secp256r1, ALL_USES);
        let lived = (|| {
            generate::generate(token, &key)?;
            let point = export::export_public(token, made(&key))?;
            let signature = sign::sign(token, made(&key), &[7; 32])?;
            assert!(openssl::verifies(
                key.curve,
                point.as_bytes(),
                &[7; 32],
                signature.as_bytes()
            ));
            verify::verify(token, made(&key), &[7; 32], signature.as_bytes())?;
            agree::agree(token, made(&key), &self.peer)?;
            random::random(token, 16)?;
            assert_eq!(destroy::destroy_pair(token, made(&key))?, 2);
            Ok(())
        })();
        if lived.is_err() {
            // What a failed creation or destruction left; it may fail for the same reason.
            let _ = destroy::unfinished(token, key.id, &key.label);
        }
        self.slowest = self.slowest.max(begin.elapsed());
        lived
    }
}

#[test]
fn each_function_with_each_ckr() {
    let faulty = Faulty::new();
    let token = faulty.open();
    let peer = openssl::point(&openssl::new_pair(key_on(&token).curve));
    let mut life = Life {
        token: &token,
        peer,
        slowest: Duration::ZERO,
    };
    life.live().unwrap();
    let mut failures = 0;
    for (index, &function) in FUNCTIONS.iter().enumerate() {
        for answer in answers().skip(index % step()).step_by(step()) {
            faulty.order(Control {
                inject: vec![Inject::before(function, answer).times(1)],
                ..faulty.well_behaved()
            });
            if let Err(error) = life.live() {
                failures += 1;
                // It names the call or, of an answer that makes no sense, who gave it.
                let text = error.to_string();
                let told = ["C_", "the PKCS#11 module", "the token"]
                    .iter()
                    .any(|who| text.contains(who));
                assert!(told, "{function:?} {answer}: {error:?}");
            }
            faulty.order(faulty.well_behaved());
            // Looked for at most four times a second.
            let begin = Instant::now();
            while let Err(error) = life.live() {
                assert!(
                    begin.elapsed() < Duration::from_secs(2),
                    "{function:?} {answer}: {error:?}"
                );
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }
    assert!(failures > 0, "nothing was injected");
    assert!(life.slowest < Duration::from_secs(10), "{:?}", life.slowest);
    drop(token);
    assert_eq!(faulty.statistics().open_sessions(), 0);
}
