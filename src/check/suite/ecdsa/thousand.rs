//! Owns the case of a thousand signatures: faults that show once in hundreds of them.

use std::time::{Duration, Instant};

use super::nonces::Nonces;
use super::require_judge;
use super::signed::{Judged, signed};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::ec::{Curve, Hash};
use crate::error::Result;

const COUNT: u32 = 1000;
const QUICK_COUNT: u32 = 100;

/// A token that is slower makes fewer of them.
const BUDGET: Duration = Duration::from_secs(40);

/// secp256k1 is the curve of SoftHSM2's issue 901: more than a third of somebody's signatures did not verify.
pub(super) fn case(curve: Curve) -> Option<Case> {
    let case = Case::new(
        format!("ecdsa.{curve}.thousand"),
        format!(
            "a thousand signatures of different digests on {curve} verify, and no r comes twice"
        ),
        "PKCS#11 3.0 current mechanisms, section 2.3.1 (EC signatures); FIPS 186-5, section 6.4.1",
        move |subject| thousand(subject, curve),
    )
    .within(3 * BUDGET);
    matches!(curve, Curve::Secp256r1 | Curve::Secp256k1)
        .then(|| case.harmless_on(curve, Level::Minimum))
}

fn thousand(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    require_judge(curve)?;
    let wanted = match subject.quick {
        true => QUICK_COUNT,
        false => COUNT,
    };
    let (session, pair) = subject.bench()?.pair(curve)?;
    let begin = Instant::now();
    let mut nonces = Nonces::default();
    let (mut made, mut wrong, mut shortened, mut repeated) = (0_u32, 0_u32, 0_u32, 0_u32);
    let mut signing = Duration::ZERO;
    while made < wanted && begin.elapsed() < BUDGET {
        let digest = Hash::Sha256.digest(&made.to_be_bytes());
        let start = Instant::now();
        let signature = signed(session, pair, &digest)?.bytes;
        signing += start.elapsed();
        made += 1;
        match Judged::of(&pair.point, &digest, &signature)? {
            Judged::Right => {}
            Judged::Shortened => shortened += 1,
            Judged::Wrong(_) => wrong += 1,
        }
        repeated += u32::from(!nonces.add(&signature));
    }
    let mut verdict = Verdict::pass()
        .measured("signatures", f64::from(made))
        .measured(
            "signatures_per_second",
            f64::from(made) / signing.as_secs_f64(),
        );
    if made < wanted {
        verdict = verdict.note(format!(
            "the time was enough for {made} of {wanted} signatures"
        ));
    }
    if shortened > 0 {
        verdict = Judged::Shortened
            .added(verdict, curve, "C_Sign")
            .note(format!("{shortened} of {made} signatures were so"));
    }
    if wrong > 0 {
        verdict = Judged::Wrong(format!("{wrong} of {made} do not verify"))
            .added(verdict, curve, "C_Sign");
    }
    if repeated > 0 {
        verdict = verdict.with_failure(
            Finding::new("another r for each digest", format!("{repeated} of {made} came again"))
                .by("C_Sign")
                .remedy("do not sign with this token: who sees two signatures with one nonce can compute the key"),
        );
    }
    Ok(verdict)
}
