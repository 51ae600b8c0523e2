//! Owns the cases about how long objects live.

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectHandle};

use super::with_key;
use crate::check::finding::Finding;
use crate::check::outcome::Verdict;
use crate::check::refusal::Refusal;
use crate::check::subject::Subject;
use crate::check::{judge, lone_pair};
use crate::ec::{Curve, Hash};
use crate::error::{CkrClass, Error, ErrorKind, Result};
use crate::op::export::export_public;
use crate::op::objects::discard;
use crate::op::template::Lifetime;
use crate::op::trial;
use crate::op::trial::ALL_USES;
use crate::token::KeyClass;

pub(super) fn persistent(subject: &mut Subject) -> Result<Verdict> {
    with_key(subject, |subject, key| {
        let public = export_public(subject.token()?, key.key_ref())?;
        subject.close();
        let template = [
            KeyClass::Private.attribute(),
            Attribute::Id(key.id.to_bytes().to_vec()),
        ];
        let digest = Hash::Sha256.digest(b"a message");
        let signature = subject.token()?.repeat(|session| {
            let found = session.look(Function::FindObjects, |session| {
                session.find_objects(&template)
            })?;
            let Some(&private) = found.first() else {
                return Ok(None);
            };
            session
                .call(Function::Sign, |session| {
                    session.sign(&Mechanism::Ecdsa, private, &digest)
                })
                .map(Some)
        })?;
        let Some(signature) = signature else {
            return Ok(Verdict::fail(
                Finding::new("the private key after C_Finalize and C_Initialize", "no such key")
                    .by("C_FindObjects")
                    .remedy(
                        "keep objects with CKA_TOKEN = true: keys of Parsec's clients are lost at the next start of \
                         the service",
                    ),
            ));
        };
        Ok(
            match judge::verifies(key.curve, public.as_bytes(), &digest, &signature)? {
                true => Verdict::pass(),
                false => Verdict::fail(
                    Finding::new(
                        "a signature by the key that was made",
                        "one that its public key does not verify",
                    )
                    .by("C_Sign"),
                ),
            },
        )
    })
}

pub(super) fn destroyed(subject: &mut Subject) -> Result<Verdict> {
    let bench = subject.bench()?;
    let key = bench.new_key(Curve::Secp256r1, ALL_USES)?;
    let session = bench.session();
    let pair = trial::generated(session, &key)?;
    discard(session, &[pair.private, pair.public])?;
    let template = [Attribute::Id(key.id.to_bytes().to_vec())];
    let found = session.look(Function::FindObjects, |session| {
        session.find_objects(&template)
    })?;
    if !found.is_empty() {
        return Ok(Verdict::fail(
            Finding::new(
                "no object, as both were destroyed",
                format!("{} objects", found.len()),
            )
            .by("C_DestroyObject")
            .remedy("remove the object before C_DestroyObject returns CKR_OK: a client believes that its key is gone"),
        ));
    }
    let refusal = Refusal {
        call: "C_GetAttributeValue",
        named: &[RvError::ObjectHandleInvalid],
    };
    refusal.judge(session.look(Function::GetAttributeValue, |session| {
        session.get_attributes(pair.private, &[AttributeType::Class])
    }))
}

pub(super) fn session_objects(subject: &mut Subject) -> Result<Verdict> {
    subject.alone(|alone| {
        let session = alone.open_session()?;
        alone.login(&session)?;
        // It keeps the login; a token with one session is logged in to again.
        let other = alone.open_session().ok();
        let key = lone_pair::new_key(alone)?;
        let (public, private) = lone_pair::generate(alone, &session, &key, Lifetime::Session)
            .map_err(without_session_objects)?;
        let shown = alone.call(Function::GetAttributeValue, |_| {
            session.get_attributes(private, &[AttributeType::Token])
        })?;
        alone.call(Function::CloseSession, |_| session.close())?;
        let other = match other {
            Some(other) => other,
            None => {
                let session = alone.open_session()?;
                alone.login(&session)?;
                session
            }
        };
        let left = lone_pair::find(alone, &other, &key, None)?;
        let still = |handle: ObjectHandle| left.contains(&handle);
        if left.is_empty() {
            return Ok(Verdict::pass());
        }
        let which = match (still(private), still(public)) {
            (true, false) => "the private key",
            (false, true) => "the public key",
            _ => "both keys",
        };
        lone_pair::destroy(alone, &other, &key)?;
        let told = match shown.contains(&Attribute::Token(true)) {
            true => ", which the token made one of its own",
            false => "",
        };
        Ok(Verdict::fail(
            Finding::new(
                "no object once its session is closed",
                format!("{which}{told}"),
            )
            .by("C_CloseSession")
            .remedy(
                "end objects with CKA_TOKEN = false with their session: what the provider tries on a curve stays \
                 on the token",
            ),
        ))
    })
}

/// A token that refuses the template has none, as far as this case can tell.
fn without_session_objects(error: Error) -> Error {
    let fails = matches!(
        error.ckr_class(),
        Some(CkrClass::Device | CkrClass::Session | CkrClass::Login)
    );
    match fails && !error.is_vague() {
        true => error,
        false => error
            .with_kind(ErrorKind::NotSupported)
            .context("the token makes no key pairs as session objects"),
    }
}
