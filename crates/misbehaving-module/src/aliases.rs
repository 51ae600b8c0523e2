//! Owns the handles that are those of other objects.

use cryptoki_sys::{CK_ATTRIBUTE, CK_OBJECT_CLASS, CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKA_CLASS};

use crate::call::Call;
use crate::control::KeyClass;
use crate::objects;
use crate::raw::{Outcome, ulong};
use crate::target::forward;

/// The application's number of an object that a function returns, or that of another one if a rule says so.
pub(crate) fn number_of(
    call: &Call,
    session: CK_SESSION_HANDLE,
    target: CK_OBJECT_HANDLE,
    number: CK_OBJECT_HANDLE,
) -> CK_OBJECT_HANDLE {
    if call.active.control.alias.is_empty() {
        return number;
    }
    let is_of = |object, class: KeyClass| class_of(session, object) == Ok(class.number());
    let oldest = |class| {
        let mut known = objects::known().into_iter();
        known.find(|&object| object != target && is_of(object, class))
    };
    call.active
        .rules
        .alias(
            call.function,
            |rule| is_of(target, rule.class),
            |rule| oldest(rule.oldest),
        )
        .map_or(number, objects::to_application)
}

fn class_of(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) -> Outcome<CK_OBJECT_CLASS> {
    let mut class: CK_OBJECT_CLASS = 0;
    let mut asked = CK_ATTRIBUTE {
        type_: CKA_CLASS,
        pValue: (&raw mut class).cast(),
        ulValueLen: ulong(size_of::<CK_OBJECT_CLASS>()),
    };
    forward!(C_GetAttributeValue, session, object, &raw mut asked, 1)?;
    Ok(class)
}
