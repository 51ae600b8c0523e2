//! Owns the load curve: how many signatures a token makes in so many sessions.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use super::{CURVE, ended, with_key};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::judge;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::ec::{Hash, PublicKey};
use crate::error::Result;
use crate::op::{export, sign};
use crate::token::{KeyRef, Token};

const TIME: Duration = Duration::from_millis(500);
const QUICK_TIME: Duration = Duration::from_millis(100);

/// A signature that is judged, of so many that a thread makes.
const JUDGED: u32 = 16;

pub(super) fn case(sessions: usize) -> Case {
    let sign = match sessions {
        1 => "one session signs".to_owned(),
        _ => format!("{sessions} sessions sign at once"),
    };
    Case::new(
        format!("concurrency.{CURVE}.load-{sessions}"),
        format!("{sign}, without an error, and what they sign verifies"),
        "PKCS#11 3.0 base, sections 5.4.1 (CKF_OS_LOCKING_OK) and 5.6 (sessions)",
        move |subject| load(subject, sessions),
    )
}

/// What one thread did.
#[derive(Default)]
struct Share {
    latencies: Vec<Duration>,
    /// Digests and their signatures.
    sample: Vec<(Vec<u8>, Vec<u8>)>,
}

fn load(subject: &mut Subject, sessions: usize) -> Result<Verdict> {
    let time = match subject.quick {
        true => QUICK_TIME,
        false => TIME,
    };
    let token = subject.token()?;
    let limit = token.session_limit();
    if limit < sessions {
        return Ok(Verdict::skip(format!(
            "the token has {limit} sessions for operations, not {sessions}"
        )));
    }
    with_key(token, |key| {
        // Who asks first pays for what is remembered.
        sign::sign(token, key, &Hash::Sha256.digest(b"first"))?;
        let public = export::export_public(token, key)?;
        let begin = Instant::now();
        let shares = sign_at_once(token, key, sessions, time)?;
        judged(&shares, begin.elapsed(), &public)
    })
}

fn sign_at_once(token: &Token, key: KeyRef, sessions: usize, time: Duration) -> Result<Vec<Share>> {
    let barrier = Barrier::new(sessions);
    let ready = &barrier;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..sessions)
            .map(|number| {
                scope.spawn(move || {
                    ready.wait();
                    sign_for(token, key, number, time)
                })
            })
            .collect();
        let joined: Vec<_> = threads
            .into_iter()
            .map(|thread| ended(thread.join()))
            .collect();
        joined.into_iter().collect()
    })
}

fn sign_for(token: &Token, key: KeyRef, number: usize, time: Duration) -> Result<Share> {
    let mut share = Share::default();
    let begin = Instant::now();
    let mut made = 0_u32;
    while begin.elapsed() < time {
        let message = [number.to_be_bytes().as_slice(), &made.to_be_bytes()].concat();
        let digest = Hash::Sha256.digest(&message);
        let start = Instant::now();
        let signature = sign::sign(token, key, &digest)?;
        share.latencies.push(start.elapsed());
        if made % JUDGED == 0 {
            share.sample.push((digest, signature.as_bytes().to_vec()));
        }
        made += 1;
    }
    Ok(share)
}

fn judged(shares: &[Share], elapsed: Duration, public: &PublicKey) -> Result<Verdict> {
    let (mut judged, mut wrong) = (0_usize, 0_usize);
    for (digest, signature) in shares.iter().flat_map(|share| &share.sample) {
        judged += 1;
        if !judge::verifies(CURVE, public.as_bytes(), digest, signature)? {
            wrong += 1;
        }
    }
    let mut latencies: Vec<_> = shares.iter().flat_map(|share| &share.latencies).collect();
    latencies.sort_unstable();
    let at = |percent: usize| {
        let latency = latencies.get(latencies.len() * percent / 100);
        latency.map_or(0.0, |latency| latency.as_secs_f64() * 1_000_000.0)
    };
    let count = u32::try_from(latencies.len()).unwrap_or(u32::MAX);
    let verdict = match wrong {
        0 => Verdict::pass(),
        wrong => Verdict::fail(
            Finding::new(
                "signatures that verify",
                format!("{wrong} of {judged} that OpenSSL refuses"),
            )
            .by("C_Sign")
            .remedy(
                "set `max_sessions = 1` in the configuration of the provider until the vendor of the token has a \
                 version that takes calls from several threads",
            ),
        ),
    };
    Ok(verdict
        .measured(
            "signatures_per_second",
            f64::from(count) / elapsed.as_secs_f64(),
        )
        .measured("p50_microseconds", at(50))
        .measured("p99_microseconds", at(99)))
}
