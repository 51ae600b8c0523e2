//! Owns the case of nonces: a signature whose nonce was used for another one gives the key away.

use std::collections::HashSet;

use super::signed::{Judged, signed};
use super::{fitting_hash, require_judge};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::ec::Curve;
use crate::error::Result;

/// So many signatures of one digest, and as many of different ones.
const COUNT: u8 = 16;

pub(super) fn case(curve: Curve) -> Case {
    let case = Case::new(
        format!("ecdsa.{curve}.nonces"),
        format!("signatures on {curve} have nonces of their own, and all of them verify"),
        "FIPS 186-5, section 6.4.1, step 3 and appendix A.3; RFC 6979, section 3.2",
        move |subject| nonces(subject, curve),
    );
    case.harmless_on(curve, Level::Minimum)
}

fn nonces(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    require_judge(curve)?;
    let (session, pair) = subject.bench()?.pair(curve)?;
    let hash = fitting_hash(curve);
    let mut verdict = Verdict::pass();
    let (mut of_one, mut of_others) = (Nonces::default(), Nonces::default());
    let mut shortened = false;
    for number in 0..2 * COUNT {
        let (nonces, digest) = match number < COUNT {
            true => (&mut of_one, hash.digest(b"the same message")),
            false => (&mut of_others, hash.digest(&[number])),
        };
        let signature = signed(session, pair, &digest)?.bytes;
        let judged = Judged::of(&pair.point, &digest, &signature)?;
        match judged {
            // Once is enough to tell.
            Judged::Shortened if shortened => {}
            Judged::Wrong(_) => return Ok(judged.added(verdict, curve, "C_Sign")),
            _ => {
                shortened |= matches!(judged, Judged::Shortened);
                verdict = judged.added(verdict, curve, "C_Sign");
            }
        }
        nonces.add(&signature);
    }
    let count = usize::from(COUNT);
    let reused = |what: &str, different: usize| {
        Finding::new(
            format!("{count} different r of {what}"),
            format!("{different} different r"),
        )
        .by("C_Sign")
        .remedy(
            "do not sign with this token: who sees two signatures with one nonce can compute the key",
        )
    };
    if of_others.0.len() < count {
        verdict = verdict.with_failure(reused("different digests", of_others.0.len()));
    }
    Ok(match of_one.0.len() {
        1 => verdict.note("the token signs deterministically: one digest has one signature"),
        different if different < count => {
            verdict.with_failure(reused("one digest, or one r", different))
        }
        _ => verdict,
    })
}

/// The different r that were seen.
#[derive(Default)]
pub(super) struct Nonces(HashSet<Vec<u8>>);

impl Nonces {
    /// Remembers the r of a signature; gives whether it is new.
    pub(super) fn add(&mut self, signature: &[u8]) -> bool {
        let (r, _) = signature.split_at(signature.len() / 2);
        let value: Vec<u8> = r.iter().copied().skip_while(|byte| *byte == 0).collect();
        self.0.insert(value)
    }
}
