//! Owns the cases about the handles of objects.

use cryptoki::context::Function;
use cryptoki::object::{Attribute, AttributeType};

use crate::check::finding::Finding;
use crate::check::outcome::{Fact, Verdict};
use crate::check::subject::{Bench, Subject};
use crate::check::{leftovers, run_id};
use crate::ec::Curve;
use crate::error::{ErrorKind, Result};
use crate::op::NewKey;
use crate::op::objects::{Pair, discard};
use crate::op::trial;
use crate::op::trial::ALL_USES;
use crate::token::{KeyClass, PooledSession, require_own};

/// So many key pairs are made and destroyed.
const ROUNDS: usize = 4;

pub(super) fn reuse(subject: &mut Subject) -> Result<Verdict> {
    let bench = subject.bench()?;
    let mut destroyed = Vec::new();
    let mut is_reused = false;
    for _ in 0..ROUNDS {
        let (_, pair) = make(bench)?;
        let handles = [pair.private, pair.public];
        is_reused |= handles.iter().any(|handle| destroyed.contains(handle));
        discard(bench.session(), &handles)?;
        destroyed.extend(handles);
    }
    if !is_reused {
        return Ok(Verdict::pass());
    }
    Ok(Verdict::warn(
        Finding::new(
            "a handle that no object had before",
            "the handle of a destroyed object",
        )
        .by("C_GenerateKeyPair")
        .remedy(
            "set handle_cache = false if other processes destroy keys on the token: a handle that was kept may be \
             that of another key by then",
        ),
    )
    .fact(Fact::HandleCache { keep: false }))
}

/// tpm2-pkcs11 mixes up handles once objects were destroyed.
pub(super) fn apart(subject: &mut Subject) -> Result<Verdict> {
    let looked = apart_on(subject.bench()?);
    let mixed_up = match looked {
        Ok(mixed_up) => mixed_up,
        Err(error) if error.kind() == ErrorKind::HandleClash => Some(error.to_string()),
        Err(error) => return Err(error),
    };
    let Some(what) = mixed_up else {
        return Ok(Verdict::pass());
    };
    // By such handles nothing can be destroyed; they are right again once the module is initialised anew.
    subject.close();
    let token = subject.token()?;
    if let Some(run) = run_id::of_instance(&token.config().instance) {
        leftovers::sweep(token, run)?;
    }
    Ok(Verdict::warn(
        Finding::new("a handle for each object", what)
            .by("C_GenerateKeyPair")
            .remedy(
                "give each object a handle of its own; until then set renew_after_destroy = true, and Parsec \
                 initialises the module anew after each destruction",
            ),
    )
    .fact(Fact::HandleCache { keep: false })
    .fact(Fact::RenewAfterDestroy))
}

/// What is wrong with the handles, if anything is; the key pairs are left in that case only.
fn apart_on(bench: &Bench) -> Result<Option<String>> {
    let mut living = Vec::new();
    for _ in 0..ROUNDS {
        living.push(make(bench)?);
    }
    // Gaps at the begin and in between, and as many new ones.
    for number in [2, 0] {
        let (key, pair) = living.remove(number);
        discard_own(bench.session(), &key, &pair)?;
    }
    for _ in 0..2 {
        living.push(make(bench)?);
    }
    for (key, pair) in &living {
        for handle in [pair.private, pair.public] {
            let shown = bench
                .session()
                .look(Function::GetAttributeValue, |session| {
                    session.get_attributes(handle, &[AttributeType::Id])
                })?;
            if !shown.contains(&Attribute::Id(key.id.to_bytes().to_vec())) {
                return Ok(Some(
                    "a handle that became that of another object".to_owned(),
                ));
            }
        }
    }
    let mut handles: Vec<_> = living
        .iter()
        .flat_map(|(_, pair)| [pair.private.handle(), pair.public.handle()])
        .collect();
    handles.sort_unstable();
    let count = handles.len();
    handles.dedup();
    if handles.len() != count {
        return Ok(Some("one handle for two objects".to_owned()));
    }
    for (key, pair) in &living {
        discard_own(bench.session(), key, pair)?;
    }
    Ok(None)
}

/// By a handle that became that of another object, that one would be destroyed.
fn discard_own(session: &PooledSession, key: &NewKey, pair: &Pair) -> Result<()> {
    let objects = [
        (pair.private, KeyClass::Private),
        (pair.public, KeyClass::Public),
    ];
    for (handle, class) in objects {
        require_own(session, handle, key.id, class)?;
        discard(session, &[handle])?;
    }
    Ok(())
}

fn make(bench: &Bench) -> Result<(NewKey, Pair)> {
    let key = bench.new_key(Curve::Secp256r1, ALL_USES)?;
    let pair = trial::generated(bench.session(), &key)?;
    Ok((key, pair))
}
