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

/// What the threads found besides.
#[derive(Default)]
struct Done {
    /// Operations that gave what they should.
    operations: u32,
    /// Why secrets were not agreed.
    no_secrets: Option<Error>,
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
    let outcomes: Vec<Result<Done>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| scope.spawn(move || lives(token, keys)))
            .collect();
        let joined = threads.into_iter().map(|thread| ended(thread.join()));
        joined.collect()
    });
    let mut verdict = Verdict::pass();
    let mut operations = 0;
    let mut without_secrets = None;
    for outcome in outcomes {
        match outcome {
            Ok(done) => {
                operations += done.operations;
                without_secrets = without_secrets.or(done.no_secrets);
            }
            Err(error) if error.kind() == ErrorKind::NotSupported => return Err(error),
            Err(error) => {
                let expected = "each operation gives what it gives alone";
                verdict = verdict.with_failure(Finding::of(expected, &error).remedy(
                    "set `max_sessions = 1` in the configuration of the provider until the vendor of the token \
                     has a version that takes calls from several threads",
                ));
            }
        }
    }
    if let Some(error) = without_secrets {
        verdict = verdict.note(format!("no secrets were agreed: {error}"));
    }
    Ok(verdict.measured("operations", f64::from(operations)))
}

fn lives(token: &Token, keys: usize) -> Result<Done> {
    let mut done = Done::default();
    for _ in 0..keys {
        with_key(token, |key| used(token, key, &mut done))?;
        done.operations += 2;
    }
    Ok(done)
}

fn used(token: &Token, key: KeyRef, done: &mut Done) -> Result<()> {
    let public = export::export_public(token, key)?;
    for number in 0..USES {
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
        done.operations += 3;
        if done.no_secrets.is_none() {
            agreed(token, key, public.as_bytes(), done)?;
        }
    }
    Ok(())
}

fn agreed(token: &Token, key: KeyRef, public: &[u8], done: &mut Done) -> Result<()> {
    let peer = JudgeKey::generate(CURVE)?;
    match agree::agree(token, key, &peer.public()?) {
        Ok(secret) if secret.as_bytes() == peer.agree(public)?.as_slice() => {
            done.operations += 1;
            Ok(())
        }
        Ok(_) => Err(wrong("a secret is not the one that OpenSSL has")),
        Err(error) if error.kind() == ErrorKind::NotSupported => {
            done.no_secrets = Some(error);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn wrong(what: &'static str) -> Error {
    Error::new(ErrorKind::CorruptionDetected, what)
}
