//! Owns the case of the mechanisms that hash and sign.

use cryptoki::context::Function;
use cryptoki::mechanism::Mechanism;

use super::signed::Judged;
use super::{MESSAGE, require_judge};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::check::suite::answer::Answer;
use crate::ec::{Curve, Hash};
use crate::error::{ErrorKind, Result};
use crate::op::objects::Pair;
use crate::op::sign::hashing_mechanism;
use crate::token::PooledSession;

const HASHES: [Hash; 5] = [
    Hash::Sha1,
    Hash::Sha224,
    Hash::Sha256,
    Hash::Sha384,
    Hash::Sha512,
];

pub(super) fn case(curve: Curve) -> Case {
    Case::new(
        format!("ecdsa.{curve}.combined"),
        format!(
            "the mechanisms CKM_ECDSA_SHA1 to CKM_ECDSA_SHA512 that the token lists sign messages on {curve}, \
             OpenSSL verifies them, and the token refuses them for another message"
        ),
        "PKCS#11 3.0 current mechanisms, section 2.3 (ECDSA with hashing)",
        move |subject| combined(subject, curve),
    )
    .on(curve)
    .not_wrong_for(Level::Full)
}

fn combined(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    require_judge(curve)?;
    let (session, pair) = subject.bench()?.pair(curve)?;
    let mut listed = Vec::new();
    let mut verdict = Verdict::pass();
    for hash in HASHES {
        let mechanism = hashing_mechanism(hash)?;
        let name = mechanism.mechanism_type().to_string();
        if session
            .require_mechanism(mechanism.mechanism_type())
            .is_err()
        {
            continue;
        }
        verdict = with(verdict, session, pair, (hash, &mechanism, &name))?;
        listed.push(name);
    }
    Ok(match listed.is_empty() {
        true => Verdict::skip(
            "the token has no mechanism that hashes and signs; Parsec hashes by itself and uses CKM_ECDSA",
        ),
        false => verdict.note(format!("tried: {}", listed.join(", "))),
    })
}

/// Tries one of them: the hash, the mechanism and its name.
fn with(
    verdict: Verdict,
    session: &PooledSession,
    pair: &Pair,
    (hash, mechanism, name): (Hash, &Mechanism, &str),
) -> Result<Verdict> {
    let signature = session.call(Function::Sign, |session| {
        session.sign(mechanism, pair.private, MESSAGE)
    });
    let signature = match Answer::of(session, signature)? {
        Answer::Done(signature) => signature,
        Answer::Refused(error) => {
            let finding = Finding::of(format!("{name} signs, as it is listed"), &error);
            return Ok(verdict.with_warning(finding.remedy(
                "none is needed with Parsec as long as the token has CKM_ECDSA, which it uses instead",
            )));
        }
    };
    let curve = pair.point.curve();
    let judged = Judged::of(&pair.point, &hash.digest(MESSAGE), &signature)?;
    let verdict = judged.added(verdict, curve, "C_Sign");
    if !matches!(judged, Judged::Right) {
        return Ok(verdict.note(format!("this was made by {name}")));
    }
    let verify = |message: &[u8]| {
        let verified = session.call(Function::Verify, |session| {
            session.verify(mechanism, pair.public, message, &signature)
        });
        Answer::of(session, verified)
    };
    match verify(MESSAGE)? {
        Answer::Done(()) => {}
        Answer::Refused(error) if error.kind() == ErrorKind::NotSupported => {
            return Ok(verdict.note(format!("the token does not verify by {name}")));
        }
        Answer::Refused(error) => {
            return Ok(verdict.with_failure(Finding::of(
                format!("{name} accepts the signature that it made"),
                &error,
            )));
        }
    }
    Ok(match verify(b"another message")? {
        Answer::Refused(_) => verdict,
        Answer::Done(()) => verdict.with_failure(
            Finding::new(
                format!("{name} refuses the signature for another message"),
                "CKR_OK",
            )
            .by("C_Verify"),
        ),
    })
}
