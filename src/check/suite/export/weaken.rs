//! Owns the cases that try to make a key leave the token that may not: by C_SetAttributeValue and C_CopyObject.

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::object::{Attribute, ObjectHandle};

use super::sensitive::{leaked, leaks};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::raw_pair::{is_any_refusal, with_raw_pair};
use crate::check::subject::Subject;
use crate::ec::Curve;
use crate::error::{Error, ErrorKind, Result};
use crate::op::objects::discard;
use crate::op::trial;
use crate::op::trial::ALL_USES;
use crate::token::PooledSession;

const CURVE: Curve = Curve::Secp256r1;

/// The function that is to weaken a key.
#[derive(Clone, Copy)]
enum By {
    Set,
    Copy,
}

impl By {
    fn call(self) -> &'static str {
        match self {
            Self::Set => "C_SetAttributeValue",
            Self::Copy => "C_CopyObject",
        }
    }
}

pub(super) fn cases() -> [Case; 4] {
    let (extractable, not_sensitive) = (Attribute::Extractable(true), Attribute::Sensitive(false));
    [
        case(By::Set, "set-extractable", &extractable),
        case(By::Set, "set-not-sensitive", &not_sensitive),
        case(By::Copy, "copy-extractable", &extractable),
        case(By::Copy, "copy-not-sensitive", &not_sensitive),
    ]
}

fn case(by: By, what: &str, weaker: &Attribute) -> Case {
    let (name, call) = (weaker.attribute_type(), by.call());
    let (value, source) = match by {
        By::Set => ("changed", "PKCS#11 3.0, sections 4.1.2, 4.9 and 5.7.6"),
        By::Copy => (
            "changed in a copy",
            "PKCS#11 3.0, sections 4.1.3, 4.9 and 5.7.2",
        ),
    };
    let weaker = weaker.clone();
    Case::new(
        format!("export.{CURVE}.{what}"),
        format!("{name} of a private key cannot be {value} by {call} so that the key gets out"),
        source,
        move |subject| cannot_be_weakened(subject, by, &weaker),
    )
    .on(CURVE)
    .not_wrong_for(Level::Full)
    .quick()
}

fn cannot_be_weakened(subject: &mut Subject, by: By, weaker: &Attribute) -> Result<Verdict> {
    let bench = subject.bench()?;
    let key = bench.new_key(CURVE, ALL_USES)?;
    let session = bench.session();
    trial::trial_objects(session, |lifetime| {
        with_raw_pair(session, &key, lifetime, |pair| match by {
            By::Set => set(session, pair.private, weaker),
            By::Copy => copy(session, pair.private, weaker),
        })
    })
}

fn set(session: &PooledSession, private: ObjectHandle, weaker: &Attribute) -> Result<Verdict> {
    let answer = session.change(Function::SetAttributeValue, |session| {
        session.update_attributes(private, std::slice::from_ref(weaker))
    });
    judged(session, By::Set, private, weaker, answer.err())
}

fn copy(session: &PooledSession, private: ObjectHandle, weaker: &Attribute) -> Result<Verdict> {
    let copied = session.change(Function::CopyObject, |session| {
        session.copy_object(private, std::slice::from_ref(weaker))
    });
    match copied {
        Err(error) => judged(session, By::Copy, private, weaker, Some(error)),
        Ok(copy) if copy == private => Err(Error::new(
            ErrorKind::HandleClash,
            "the token gave a copy the handle of its original",
        )),
        Ok(copy) => {
            let verdict = judged(session, By::Copy, copy, weaker, None);
            discard(session, &[copy])?;
            verdict
        }
    }
}

/// Looks at the key, whatever the answer was: `refusal`, or `CKR_OK`.
fn judged(
    session: &PooledSession,
    by: By,
    private: ObjectHandle,
    weaker: &Attribute,
    refusal: Option<Error>,
) -> Result<Verdict> {
    let name = weaker.attribute_type();
    let expected = format!("{name} cannot be changed by {}", by.call());
    let refusal = match refusal {
        Some(error) if !is_any_refusal(session, &error) => return Err(error),
        refusal => refusal,
    };
    if leaks(session, private)? {
        return Ok(Verdict::fail(leaked(&expected)));
    }
    let shown = session.look(Function::GetAttributeValue, |session| {
        session.get_attributes(private, &[name])
    })?;
    if shown.contains(weaker) {
        return Ok(Verdict::fail(
            Finding::new(expected, "it is changed").by(by.call()).remedy(
                "do not use this token: whoever can log in can make its private keys leave it, by wrapping for example",
            ),
        ));
    }
    Ok(match refusal {
        None => Verdict::warn(
            Finding::new(expected, "CKR_OK, and nothing is changed")
                .by(by.call())
                .remedy(
                    "ask the vendor of the token for a version that refuses what it does not do",
                ),
        ),
        Some(error) if error.ckr() == Some(RvError::FunctionNotSupported) => {
            Verdict::pass().note(format!("the token has no {}", by.call()))
        }
        Some(error) => Verdict::pass().note(format!("refused: {error}")),
    })
}
