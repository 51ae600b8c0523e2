//! Owns the search for what a token takes: it refuses a template or an encoding, and takes another.
//!
//! What it took is remembered for the token; a refusal is never taken for a hint at what it refuses, as
//! tokens use the CKRs for templates in every way.

use cryptoki::error::RvError;
use log::{debug, info};

use crate::config::OptionalAttribute::{Derive, Extractable, Private, Sensitive, Sign, Verify};
use crate::config::TemplateChange::{
    self, NameKind, NameLength, Omit, OmitFalse, PrivatePublicKeys, VerifyWithSign,
};
use crate::error::{Error, ErrorKind, Result};
use crate::token::{Form, KeyUsage, PooledSession, TemplateKind, Wanted};

/// Runs `attempt` with the changes to the standard template that the token wants: none, those that a
/// profile names, or those found by trying, one of them first, then two.
///
/// Nothing is searched once the token has taken a template of this kind for a key of this usage: then a
/// refusal is about the key. Nor is the same searched again once it was in vain; the first template is tried
/// each time.
///
/// # Errors
///
/// Those of `attempt`; the first refusal if nothing is taken.
pub(super) fn adapted<T>(
    session: &PooledSession,
    wanted: Wanted,
    attempt: impl Fn(&[TemplateChange]) -> Result<T>,
) -> Result<T> {
    let Wanted { kind, usage, .. } = wanted;
    let known = session.quirks().changes(&wanted);
    let mut refusal = match attempt(&known.changes) {
        Err(error) if is_about_the_template(&error) && !known.proven => error,
        outcome => {
            if outcome.is_ok() && !known.proven {
                session.quirks().took(&wanted, &known.changes);
            }
            return outcome;
        }
    };
    if let Some(denial) = session.quirks().denied(&wanted) {
        return Err(match denial.made_something_else {
            true => Error::new(ErrorKind::NotSupported, denial.reason),
            false => refusal.context(denial.reason),
        });
    }
    // A profile that names the wrong changes is not built upon at last.
    let bases = match known.changes.as_slice() {
        [] => vec![[].as_slice()],
        changes => vec![changes, &[]],
    };
    for (base, further) in bases.iter().flat_map(|base| {
        searched(kind, usage)
            .into_iter()
            .map(move |further| (base, further))
    }) {
        let changes = [*base, &further].concat();
        match attempt(&changes) {
            Ok(made) => {
                info!("The token takes the template of a {kind:?} only with changes: {changes:?}.");
                session.quirks().took(&wanted, &changes);
                return Ok(made);
            }
            Err(error) if is_about_the_template(&error) => {}
            // What was made is not what was asked for; no other change may be silent about it.
            Err(error) if error.kind() == ErrorKind::NotSupported => refusal = error,
            Err(error) => return Err(error),
        }
    }
    // Many calls were made to find this out, and keys perhaps: once is enough.
    session.quirks().denies(wanted, &refusal);
    Err(refusal)
}

/// Runs `attempt` with the numbers of the forms of something, from `first` on, until the token takes one.
///
/// # Errors
///
/// Those of `attempt`; the first refusal if the token takes none.
pub(super) fn in_some_form<T>(
    session: &PooledSession,
    form: Form,
    first: usize,
    count: usize,
    may_be_of_the_form: impl Fn(&Error) -> bool,
    attempt: impl Fn(usize) -> Result<T>,
) -> Result<T> {
    let refusal = match attempt(first) {
        Err(error) if may_be_of_the_form(&error) => error,
        outcome => return outcome,
    };
    for number in (0..count).filter(|number| *number != first) {
        debug!("The token refuses a form of {form:?}: {refusal}");
        match attempt(number) {
            Ok(done) => {
                session.quirks().took_form(form, number);
                return Ok(done);
            }
            Err(error) if may_be_of_the_form(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Err(refusal)
}

/// As [`in_some_form`], but another form is tried only after the first was refused twice: where a token could take
/// the other form for something else, an error that passed must not lead to it.
///
/// # Errors
///
/// As those of [`in_some_form`].
pub(super) fn in_first_form_unless_refused_twice<T>(
    session: &PooledSession,
    form: Form,
    first: usize,
    count: usize,
    may_be_of_the_form: impl Fn(&Error) -> bool,
    attempt: impl Fn(usize) -> Result<T>,
) -> Result<T> {
    match attempt(first) {
        Err(error) if may_be_of_the_form(&error) => {
            in_some_form(session, form, first, count, may_be_of_the_form, attempt)
        }
        outcome => outcome,
    }
}

/// For what the token stores as it is given and reads when it is used: only in the form that it is known to take,
/// and while none is known, as [`in_first_form_unless_refused_twice`].
///
/// SoftHSM2 stores a key whatever names its curve, and ends the process when the key is used.
///
/// # Errors
///
/// As those of [`in_some_form`].
pub(super) fn in_proven_form<T>(
    session: &PooledSession,
    form: Form,
    count: usize,
    may_be_of_the_form: impl Fn(&Error) -> bool,
    attempt: impl Fn(usize) -> Result<T>,
) -> Result<T> {
    let quirks = session.quirks();
    if let Some(proven) = quirks.proven_form(form) {
        return attempt(proven);
    }
    in_first_form_unless_refused_twice(session, form, 0, count, may_be_of_the_form, attempt)
        .inspect(|_| quirks.proves_form(form, 0))
}

fn is_about_the_template(error: &Error) -> bool {
    matches!(
        error.ckr(),
        Some(
            RvError::AttributeReadOnly
                | RvError::AttributeTypeInvalid
                | RvError::AttributeValueInvalid
                // NSS checks a new pair with its own public half.
                | RvError::KeyTypeInconsistent
                | RvError::TemplateIncomplete
                | RvError::TemplateInconsistent
        )
    )
}

/// The changes that are tried, each alone and each two together; the same again comes first, for an error
/// that passed.
///
/// What is to be exported has to say so: no other template makes it exportable.
fn searched(kind: TemplateKind, usage: KeyUsage) -> Vec<Vec<TemplateChange>> {
    let single: &[&[TemplateChange]] = match kind {
        TemplateKind::KeyPair => &[
            &[VerifyWithSign],
            &[NameKind],
            &[OmitFalse],
            &[Omit(Derive)],
            &[Omit(Sensitive)],
            &[Omit(Extractable)],
            &[Omit(Sensitive), Omit(Extractable)],
            &[PrivatePublicKeys],
            &[Omit(Private)],
            &[Omit(Sign), Omit(Verify)],
        ],
        TemplateKind::PublicKey => &[
            &[OmitFalse],
            &[PrivatePublicKeys],
            &[Omit(Private)],
            &[Omit(Verify)],
        ],
        TemplateKind::PrivateKey => &[
            &[OmitFalse],
            &[Omit(Derive)],
            &[Omit(Sensitive)],
            &[Omit(Extractable)],
            &[Omit(Sensitive), Omit(Extractable)],
            &[Omit(Private)],
            &[Omit(Sign)],
        ],
        TemplateKind::Secret => &[
            &[NameLength],
            &[Omit(Private)],
            &[Omit(Sensitive)],
            &[Omit(Extractable)],
            &[Omit(Sensitive), Omit(Extractable)],
        ],
    };
    let mut searched = vec![Vec::new()];
    searched.extend(single.iter().map(|change| change.to_vec()));
    for (number, one) in single.iter().enumerate() {
        let others = single.iter().skip(number + 1);
        searched.extend(others.map(|other| [*one, *other].concat()));
    }
    if usage.export {
        searched.retain(|changes| !changes.contains(&Omit(Extractable)));
    }
    searched
}
