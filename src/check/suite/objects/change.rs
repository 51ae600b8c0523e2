//! Owns the cases about attributes of objects: a label that changes, an identifier that two objects have.

use cryptoki::context::Function;
use cryptoki::object::{Attribute, AttributeType, ObjectHandle};

use crate::check::finding::Finding;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::ec::{Curve, PrivateKey};
use crate::error::{CkrClass, Error, ErrorKind, Result};
use crate::op::objects::{create_public, discard};
use crate::op::trial;
use crate::op::trial::ALL_USES;
use crate::token::{Label, PooledSession, read};

pub(super) fn set_label(subject: &mut Subject) -> Result<Verdict> {
    let instance = subject.token()?.config().instance.clone();
    let bench = subject.bench()?;
    let key = bench.new_key(Curve::Secp256r1, ALL_USES)?;
    let session = bench.session();
    let pair = trial::generated(session, &key)?;
    let label = Label::new(&instance, key.id, Some("renamed".to_owned())).to_bytes();
    let changed = change_label(session, pair.private, &label);
    discard(session, &[pair.private, pair.public])?;
    Ok(match changed.map_err(read_only)? {
        Some(shown) if shown == label => Verdict::pass(),
        _ => Verdict::fail(
            Finding::new("the new label", "another one")
                .by("C_SetAttributeValue")
                .remedy(
                    "change the attribute, or refuse it by CKR_ATTRIBUTE_READ_ONLY or CKR_ACTION_PROHIBITED; Parsec \
                     changes no labels",
                ),
        ),
    })
}

fn change_label(
    session: &PooledSession,
    handle: ObjectHandle,
    label: &[u8],
) -> Result<Option<Vec<u8>>> {
    session.change(Function::SetAttributeValue, |session| {
        session.update_attributes(handle, &[Attribute::Label(label.to_vec())])
    })?;
    read(session, handle, AttributeType::Label)
}

/// A token may have objects that do not change.
fn read_only(error: Error) -> Error {
    match error.kind() {
        ErrorKind::NotPermitted => error
            .with_kind(ErrorKind::NotSupported)
            .context("labels cannot be changed"),
        _ => error,
    }
}

/// NSS merges them, and the second destruction finds nothing.
pub(super) fn same_id(subject: &mut Subject) -> Result<Verdict> {
    let bench = subject.bench()?;
    let key = bench.new_key(Curve::Secp256r1, ALL_USES)?;
    let session = bench.session();
    let create = || {
        let point = PrivateKey::random(key.curve)?.public_key()?;
        trial::trial_objects(session, |lifetime| {
            create_public(session, &key, &point, lifetime)
        })
    };
    let first = create()?;
    let second = create();
    let removed = [Some(first), second.as_ref().ok().copied()]
        .into_iter()
        .flatten()
        .map(|handle| discard(session, &[handle]));
    let removed: Vec<Result<()>> = removed.collect();
    let expected = "two objects, as PKCS#11 lets objects share a CKA_ID";
    let remedy = "keep objects apart that share a CKA_ID; Parsec gives each key one of its own";
    if let Err(error) = second {
        return Ok(Verdict::warn(Finding::of(expected, &error).remedy(remedy)));
    }
    for outcome in removed {
        match outcome {
            Err(error) if error.ckr_class() == Some(CkrClass::Handle) => {
                return Ok(Verdict::warn(Finding::of(expected, &error).remedy(remedy)));
            }
            outcome => outcome?,
        }
    }
    Ok(Verdict::pass())
}
