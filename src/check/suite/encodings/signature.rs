//! Owns the cases about the width of signatures: `r || s`, each as long as the order, zeros in front included.

use std::time::{Duration, Instant};

use cryptoki::context::Function;
use cryptoki::mechanism::Mechanism;

use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::judge;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::ec::{Curve, Hash, Signature};
use crate::error::Result;
use crate::op::objects::Pair;
use crate::token::PooledSession;

const SOURCE: &str = "PKCS#11 3.0 current mechanisms, section 2.3.1";

/// One signature in 128 has an r or s that begins with a zero byte: that none of so many does happens once in
/// 10,000 runs.
const TRIES: u32 = 1200;

/// Slow tokens make fewer.
const BUDGET: Duration = Duration::from_secs(20);

const CURVE: Curve = Curve::Secp256r1;

pub(super) fn width_case(curve: Curve) -> Case {
    let case = Case::new(
        format!("encodings.{curve}.signature-width"),
        format!(
            "a {curve} signature has {} bytes, r and s as long as the order",
            2 * curve.order_len()
        ),
        SOURCE,
        move |subject| {
            let (session, pair) = subject.bench()?.pair(curve)?;
            let digest = digest(0);
            let signature = sign(session, pair, &digest)?;
            Ok(judged(pair, &digest, &signature)?
                .map_or_else(Verdict::pass, |wrong| wrong.verdict(Verdict::pass())))
        },
    );
    case.harmless_on(curve, Level::Minimum)
}

pub(super) fn zeros_case() -> Case {
    Case::new(
        format!("encodings.{CURVE}.signature-zeros"),
        "signatures whose r or s begins with zero bytes are as long as others, and verify",
        SOURCE,
        zeros,
    )
    .on(CURVE)
    .not_wrong_for(Level::Minimum)
}

fn zeros(subject: &mut Subject) -> Result<Verdict> {
    let (session, pair) = subject.bench()?.pair(CURVE)?;
    let begin = Instant::now();
    let mut short = None;
    let (mut of_r, mut of_s, mut made) = (0_u32, 0_u32, 0);
    while made < TRIES && (of_r == 0 || of_s == 0) && begin.elapsed() < BUDGET {
        let digest = digest(made);
        let signature = sign(session, pair, &digest)?;
        made += 1;
        let told =
            |wrong: Wrong| wrong.verdict(Verdict::pass().note(format!("it was signature {made}")));
        match judged(pair, &digest, &signature)? {
            Some(useless @ Wrong::Useless(_)) => return Ok(told(useless)),
            // A useless one may follow: each half may lack zeros of its own.
            Some(first) => {
                short.get_or_insert_with(|| told(first));
            }
            None => {
                let (r, s) = signature.split_at(CURVE.order_len());
                of_r += u32::from(r.first() == Some(&0));
                of_s += u32::from(s.first() == Some(&0));
            }
        }
    }
    Ok(short
        .unwrap_or_else(Verdict::pass)
        .note(format!(
            "among {made} signatures, {of_r} had an r and {of_s} an s that begins with a zero byte"
        ))
        .measured("signatures", f64::from(made)))
}

/// As long as a SHA-1 digest: no order is shorter, and no token refuses this length.
fn digest(number: u32) -> Vec<u8> {
    Hash::Sha1.digest(&number.to_be_bytes())
}

fn sign(session: &PooledSession, pair: &Pair, digest: &[u8]) -> Result<Vec<u8>> {
    session.call(Function::Sign, |session| {
        session.sign(&Mechanism::Ecdsa, pair.private, digest)
    })
}

/// What is wrong with a signature.
enum Wrong {
    /// It is short, and right once the zeros are back that both halves lack.
    Short(Finding),
    Useless(Finding),
}

impl Wrong {
    fn verdict(self, verdict: Verdict) -> Verdict {
        match self {
            Self::Short(finding) => verdict.with_warning(finding.remedy(
                "the provider puts back the zeros that both halves lack; other applications may not",
            )),
            Self::Useless(finding) => verdict.with_failure(finding.remedy(
                "the provider refuses such a signature, so now and then signing fails: use another token, or \
                 another firmware of it",
            )),
        }
    }
}

fn judged(pair: &Pair, digest: &[u8], signature: &[u8]) -> Result<Option<Wrong>> {
    let curve = pair.point.curve();
    let width = 2 * curve.order_len();
    let verifies = |signature: &[u8]| match judge::has(curve) {
        true => judge::verifies(curve, pair.point.as_bytes(), digest, signature),
        false => Ok(true),
    };
    let found = |actual: String| {
        Finding::new(
            format!("a signature of {width} bytes that verifies"),
            actual,
        )
        .by("C_Sign")
    };
    if signature.len() == width {
        let is_right = verifies(signature)?;
        let finding = || Wrong::Useless(found("one that OpenSSL refuses".to_owned()));
        return Ok((!is_right).then(finding));
    }
    let actual = found(format!("one of {} bytes", signature.len()));
    Ok(Some(match Signature::from_token(curve, signature) {
        Ok(padded) if verifies(padded.as_bytes())? => Wrong::Short(actual),
        _ => Wrong::Useless(actual),
    }))
}
