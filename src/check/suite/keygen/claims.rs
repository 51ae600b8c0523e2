//! Owns the comparison of the attributes that an object shows with those that it must have.

use cryptoki::context::Function;
use cryptoki::object::{Attribute, ObjectHandle};

use crate::check::finding::Finding;
use crate::check::outcome::Verdict;
use crate::error::Result;
use crate::token::PooledSession;

/// An attribute that an object must have.
pub(in crate::check::suite) struct Claim {
    must_be: Attribute,
    remedy: &'static str,
    is_failure: bool,
}

impl Claim {
    /// Anything else is wrong.
    pub(in crate::check::suite) fn strict(must_be: Attribute, remedy: &'static str) -> Self {
        Self {
            must_be,
            remedy,
            is_failure: true,
        }
    }

    /// Anything else can be worked around.
    pub(in crate::check::suite) fn lenient(must_be: Attribute, remedy: &'static str) -> Self {
        Self {
            is_failure: false,
            ..Self::strict(must_be, remedy)
        }
    }
}

/// Reads the attributes one by one, as a token that lacks one may refuse all, and adds what differs to the
/// verdict; `object` is the name of the object in it. What is not shown is noted.
///
/// # Errors
///
/// What reading them returned.
pub(in crate::check::suite) fn compare(
    session: &PooledSession,
    object: &str,
    handle: ObjectHandle,
    claims: Vec<Claim>,
    mut verdict: Verdict,
) -> Result<Verdict> {
    for claim in claims {
        let name = claim.must_be.attribute_type();
        let shown = session.look(Function::GetAttributeValue, |session| {
            session.get_attributes(handle, &[name])
        })?;
        let shown = shown.iter().find(|shown| shown.attribute_type() == name);
        verdict = match shown {
            Some(shown) if *shown == claim.must_be => verdict,
            None => verdict.note(format!("{name} of the {object} is not shown")),
            Some(shown) => {
                let finding = Finding::new(
                    format!("{name} of the {object} is {}", value(&claim.must_be)),
                    format!("it is {}", value(shown)),
                )
                .by("C_GetAttributeValue")
                .remedy(claim.remedy);
                match claim.is_failure {
                    true => verdict.with_failure(finding),
                    false => verdict.with_warning(finding),
                }
            }
        };
    }
    Ok(verdict)
}

/// The value for a person to read; keys in these attributes are none.
fn value(attribute: &Attribute) -> String {
    match attribute {
        Attribute::Token(value)
        | Attribute::Private(value)
        | Attribute::Sensitive(value)
        | Attribute::Extractable(value)
        | Attribute::AlwaysSensitive(value)
        | Attribute::NeverExtractable(value)
        | Attribute::Local(value)
        | Attribute::Sign(value)
        | Attribute::Verify(value)
        | Attribute::Derive(value) => value.to_string(),
        Attribute::KeyGenMechanism(mechanism) => mechanism.to_string(),
        Attribute::KeyType(kind) => kind.to_string(),
        Attribute::Class(class) => class.to_string(),
        _ => "another value".to_owned(),
    }
}
