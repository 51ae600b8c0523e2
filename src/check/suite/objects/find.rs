//! Owns the cases about searches: what they find, what they do not show, and what is left.

use cryptoki::context::Function;
use cryptoki::object::{Attribute, ObjectHandle};

use super::with_key;
use crate::check::finding::Finding;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::check::{leftovers, lone_pair, run_id};
use crate::error::{ErrorKind, Result};
use crate::op::NewKey;
use crate::op::template::Lifetime;
use crate::token::{KeyClass, PooledSession, key_type, no_identifier};

pub(super) fn found(subject: &mut Subject) -> Result<Verdict> {
    with_key(subject, |subject, key| {
        subject.token()?.repeat(|session| search(session, key))
    })
}

/// All searches that the provider makes, and one for what is not there.
fn search(session: &PooledSession, key: &NewKey) -> Result<Verdict> {
    let id = Attribute::Id(key.id.to_bytes().to_vec());
    let label = Attribute::Label(key.label.to_bytes());
    let kind = Attribute::KeyType(key_type(key.curve));
    let (private, public) = (KeyClass::Private.attribute(), KeyClass::Public.attribute());
    let searches = [
        ("CKA_ID", vec![id.clone()], 2),
        ("CKA_LABEL", vec![label], 2),
        (
            "CKA_CLASS and CKA_ID of the private key",
            vec![private.clone(), id.clone()],
            1,
        ),
        (
            "CKA_CLASS and CKA_ID of the public key",
            vec![public, id.clone()],
            1,
        ),
        (
            "CKA_CLASS, CKA_KEY_TYPE and CKA_ID",
            vec![private, kind, id],
            1,
        ),
        ("a CKA_ID that no object has", vec![no_identifier()], 0),
    ];
    let mut verdict = Verdict::pass();
    for (what, template, count) in searches {
        let expected = format!("{count} objects by {what}");
        let finding = match objects(session, &template) {
            Ok(found) if found.len() == count => continue,
            Ok(found) => Finding::new(expected, format!("{}", found.len())).by("C_FindObjects"),
            Err(error) if error.kind() == ErrorKind::NotSupported => Finding::of(expected, &error),
            Err(error) => return Err(error),
        };
        let finding = finding.remedy(
            "let a search find exactly the objects that have all attributes of the template: Parsec finds its keys by \
             class, type and CKA_ID",
        );
        verdict = match what.contains("CKA_LABEL") {
            true => verdict.with_warning(finding),
            false => verdict.with_failure(finding),
        };
    }
    Ok(verdict)
}

fn objects(session: &PooledSession, template: &[Attribute]) -> Result<Vec<ObjectHandle>> {
    session.look(Function::FindObjects, |session| {
        session.find_objects(template)
    })
}

pub(super) fn private_hidden(subject: &mut Subject) -> Result<Verdict> {
    if !subject.token()?.is_logged_in() {
        return Ok(Verdict::skip("no PIN was given, so there is no login"));
    }
    subject.alone(|alone| {
        let session = alone.open_session()?;
        alone.login(&session)?;
        let key = lone_pair::new_key(alone)?;
        lone_pair::generate(alone, &session, &key, Lifetime::Token)?;
        let looked = alone
            .call(Function::Logout, |_| session.logout())
            .and_then(|()| {
                let find = |class| lone_pair::find(alone, &session, &key, Some(class));
                Ok((find(KeyClass::Private)?.len(), find(KeyClass::Public)?.len()))
            });
        let destroyed = alone
            .login(&session)
            .and_then(|()| lone_pair::destroy(alone, &session, &key));
        let (private, public) = looked?;
        destroyed?;
        let verdict = match private {
            0 => Verdict::pass(),
            _ => Verdict::fail(
                Finding::new(
                    "no private key without a login, as CKA_PRIVATE was set",
                    "the private key",
                )
                .by("C_FindObjects")
                .remedy(
                    "hide private objects until C_Login: whoever reaches the module finds the keys, and may use them",
                ),
            ),
        };
        Ok(verdict.note(match public {
            0 => "public keys cannot be seen without a login either",
            _ => "public keys can be seen without a login",
        }))
    })
}

pub(super) fn no_trace(subject: &mut Subject) -> Result<Verdict> {
    let token = subject.token()?;
    let Some(run) = run_id::of_instance(&token.config().instance) else {
        return Ok(Verdict::skip("this run has no label"));
    };
    let left = token.repeat(|session| leftovers::find(session, Some(run)))?;
    if left.is_empty() {
        return Ok(Verdict::pass());
    }
    let expected = "no object with the label of this run";
    let remedy =
        "remove what C_DestroyObject was called for; `parsec-pkcs11 check --clean` tries it again";
    let again = match leftovers::sweep(token, run) {
        Err(error) => return Ok(Verdict::fail(Finding::of(expected, &error).remedy(remedy))),
        Ok(_) => token.repeat(|session| leftovers::find(session, Some(run)))?,
    };
    let finding = Finding::new(expected, format!("{} objects", left.len())).by("C_DestroyObject");
    Ok(match again.is_empty() {
        true => Verdict::warn(finding.remedy(
            "they could be removed now; where a destruction fails, an object stays on the token until `parsec-pkcs11 \
             check --clean` removes it",
        )),
        false => Verdict::fail(finding.remedy(remedy)),
    })
}
