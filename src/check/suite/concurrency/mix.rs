//! Owns the case of threads that make, use and destroy keys at once.

use std::thread;

use super::{CURVE, ended, with_key};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::judge::{self, JudgeKey};
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::ec::Hash;
use crate::error::{Error, ErrorKind, Result};
use crate::op::{agree, export, sign, verify};
use crate::token::{KeyRef, Token};

const THREADS: usize = 4;

/// Keys that each thread makes and destroys.
const KEYS: usize = 3;
const QUICK_KEYS: usize = 1;

/// Uses of each key.
const USES: u8 = 16;

pub(super) fn case() -> Case {
    Case::new(
        format!("concurrency.{CURVE}.mix"),
        format!(
            "{THREADS} threads at once make keys, sign, verify, agree and destroy, and all that comes out is right"
        ),
        "PKCS#11 3.0 base, sections 5.4.1 (CKF_OS_LOCKING_OK) and 5.6 (sessions)",
        mix,
    )
    .within(std::time::Duration::from_secs(180))
}

fn mix(subject: &mut Subject) -> Result<Verdict> {
    let keys = match subject.quick {
        true => QUICK_KEYS,
        false => KEYS,
    };
    let token = subject.token()?;
    let sessions = token.session_limit();
    if sessions < 2 {
        return Ok(Verdict::skip(
            "the token has one session, which Parsec gives to one client after the other",
        ));
    }
    let no_secrets = with_key(token, |key| used_alone(token, key))?;
    let agrees = no_secrets.is_none();
    let outcomes: Vec<Result<u32>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| scope.spawn(move || lives(token, keys, agrees)))
            .collect();
        let joined = threads.into_iter().map(|thread| ended(thread.join()));
        joined.collect()
    });
    let mut verdict = Verdict::pass();
    let mut operations = 0;
    for outcome in outcomes {
        match outcome {
            Ok(done) => operations += done,
            Err(error) => {
                let expected = "each operation gives what it gives alone";
                verdict = verdict.with_failure(Finding::of(expected, &error).remedy(
                    "set `max_sessions = 1` in the configuration of the provider until the vendor of the token \
                     has a version that takes calls from several threads",
                ));
            }
        }
    }
    if let Some(error) = no_secrets {
        verdict = verdict.note(format!("no secrets were agreed: {error}"));
    }
    Ok(verdict.measured("operations", f64::from(operations)))
}

/// What the token does for one client shows what it lacks: gives why it agrees no secrets.
fn used_alone(token: &Token, key: KeyRef) -> Result<Option<Error>> {
    used(token, key, 1, false)?;
    match used(token, key, 1, true) {
        Err(error) if error.kind() == ErrorKind::NotSupported => Ok(Some(error)),
        outcome => outcome.map(|_| None),
    }
}

/// Gives the number of operations that gave what they should.
fn lives(token: &Token, keys: usize, agrees: bool) -> Result<u32> {
    let mut done = 0;
    for _ in 0..keys {
        done += 2 + with_key(token, |key| used(token, key, USES, agrees))?;
    }
    Ok(done)
}

fn used(token: &Token, key: KeyRef, uses: u8, agrees: bool) -> Result<u32> {
    let mut done = 0;
    let public = export::export_public(token, key)?;
    for number in 0..uses {
        let digest = Hash::Sha256.digest(&[number]);
        let signature = sign::sign(token, key, &digest)?;
        if !judge::verifies(CURVE, public.as_bytes(), &digest, signature.as_bytes())? {
            return Err(wrong("OpenSSL refuses a signature that was made"));
        }
        verify::verify(token, key, &digest, signature.as_bytes())?;
        let other = Hash::Sha256.digest(b"another message");
        match verify::verify(token, key, &other, signature.as_bytes()) {
            Err(error) if error.kind() == ErrorKind::InvalidSignature => {}
            Err(error) => return Err(error),
            Ok(()) => return Err(wrong("the signature of another digest was accepted")),
        }
        done += 3;
        if agrees {
            let peer = JudgeKey::generate(CURVE)?;
            let secret = agree::agree(token, key, &peer.public()?)?;
            if secret.as_bytes() != peer.agree(public.as_bytes())?.as_slice() {
                return Err(wrong("a secret is not the one that OpenSSL has"));
            }
            done += 1;
        }
    }
    Ok(done)
}

fn wrong(what: &'static str) -> Error {
    Error::new(ErrorKind::CorruptionDetected, what)
}
