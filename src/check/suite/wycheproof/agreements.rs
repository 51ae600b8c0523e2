//! Owns the sets of key agreements: private keys are put on the token, where it takes them, and agree there.

use std::time::Instant;

use cryptoki::object::ObjectHandle;

use super::agreement_sets::{Expected, Name, Vector};
use super::tally::{Came, Tally};
use super::{BUDGET, SOURCE, chosen};
use crate::check::case::Case;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::subject::{Bench, Subject};
use crate::check::suite::answer::Answer;
use crate::ec::{Curve, PrivateKey, PublicKey, SharedSecret};
use crate::error::{ErrorKind, Result};
use crate::op::objects::{create_private, discard};
use crate::op::trial::trial_objects;
use crate::op::{KeyUsage, agree};
use crate::token::PooledSession;

const DERIVES: KeyUsage = KeyUsage {
    sign: false,
    verify: false,
    derive: true,
    export: false,
};

pub(super) fn cases() -> Vec<Case> {
    let names = Name::all().into_iter().enumerate();
    names
        .map(|(number, (name, curve, kind))| {
            let case = Case::new(
                format!("wycheproof.{curve}.{kind}"),
                format!("Wycheproof's agreements on {curve} ({kind}) give their secrets, or none"),
                SOURCE,
                move |subject| run(subject, curve, name, number),
            );
            let case = case.on(curve).not_wrong_for(Level::Full);
            match (curve, kind) {
                (Curve::Secp256r1, "ecdh-ecpoint") => case.quick(),
                _ => case,
            }
        })
        .collect()
}

fn run(subject: &mut Subject, curve: Curve, name: Name, number: usize) -> Result<Verdict> {
    let quick = subject.quick;
    let bench = subject.bench()?;
    // Tokens are known that take keys of curves that they lack.
    bench.pair(curve)?;
    let vectors = chosen(name.load(curve)?, number, quick);
    let mut tally = Tally::default();
    let begin = Instant::now();
    for of_key in vectors.chunk_by(|one, next| one.private == next.private) {
        match begin.elapsed() > BUDGET {
            true => tally.leave_out(of_key.len()),
            false => run_key(bench, curve, of_key, &mut tally)?,
        }
    }
    Ok(tally.verdict("C_DeriveKey"))
}

/// Runs vectors of one private key.
fn run_key(bench: &Bench, curve: Curve, vectors: &[Vector], tally: &mut Tally) -> Result<()> {
    let Some(first) = vectors.first() else {
        return Ok(());
    };
    let session = bench.session();
    let key = bench.new_key(curve, DERIVES)?;
    let scalar = PrivateKey::from_bytes(curve, &first.private)?;
    let private = trial_objects(session, |lifetime| {
        create_private(session, &key, &scalar, lifetime)
    })?;
    let ran = vectors.iter().try_for_each(|vector| {
        tally.count(vector.number, came(session, curve, private, vector)?);
        Ok(())
    });
    // It goes with the session at the latest, if the token is in no state to remove it.
    let discarded = discard(session, &[private]);
    ran.and(discarded)
}

fn came(
    session: &PooledSession,
    curve: Curve,
    private: ObjectHandle,
    vector: &Vector,
) -> Result<Came> {
    let Some(peer) = &vector.peer else {
        return Ok(Came::NotExpressible);
    };
    let secret = match agreed(session, curve, private, peer) {
        // Parsec refuses the point, or the token a secret of zeros.
        Err(error) if error.kind() == ErrorKind::InvalidArgument => Err(error),
        Err(error) if error.kind() == ErrorKind::CorruptionDetected => {
            return Ok(Came::Failed(format!("{}: {error}", vector.about)));
        }
        Err(error) if error.kind() == ErrorKind::NotSupported => return Err(error),
        agreed => match Answer::of(session, agreed)? {
            Answer::Done(secret) => Ok(secret),
            Answer::Refused(error) => Err(error),
        },
    };
    let failed = |what: &str| Ok(Came::Failed(format!("{}: {what}", vector.about)));
    match (&vector.expected, secret) {
        (Expected::Secret(right) | Expected::Either(right), Ok(secret))
            if secret.as_bytes() != right =>
        {
            failed("another secret came")
        }
        (Expected::Secret(_), Ok(_)) | (Expected::Refusal, Err(_)) => Ok(Came::Passed),
        (Expected::Either(_), _) => Ok(Came::Acceptable),
        (Expected::Secret(_), Err(error)) => failed(&format!("no secret came: {error}")),
        (Expected::Refusal, Ok(_)) => failed("a secret came, where none may"),
    }
}

/// As the provider agrees.
fn agreed(
    session: &PooledSession,
    curve: Curve,
    private: ObjectHandle,
    peer: &[u8],
) -> Result<SharedSecret> {
    let peer = PublicKey::from_bytes(curve, peer)?;
    agree::refuse_small_order(&peer)?;
    agree::derive(session, curve, private, &peer)
}
