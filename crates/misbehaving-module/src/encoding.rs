//! Owns the values that C_GetAttributeValue falsifies: points, private values, secrets, and what rules say.

use std::ptr;

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_ATTRIBUTE_TYPE, CK_OBJECT_HANDLE, CK_ULONG, CK_UNAVAILABLE_INFORMATION,
    CKA_CLASS, CKA_EC_POINT, CKA_VALUE, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, CKO_SECRET_KEY,
    CKR_ARGUMENTS_BAD,
};
use zeroize::Zeroizing;

use crate::call::Call;
use crate::control::{PointEncoding, SecretValue, TemplateOf};
use crate::names::Rv;
use crate::raw::{self, Outcome, Pointer, ulong};
use crate::sessions::Session;
use crate::target::forward;
use crate::{attributes, objects, point};

/// How a value is falsified.
#[derive(Clone, Copy)]
enum Change<'c> {
    Point(PointEncoding),
    Secret(SecretValue),
    /// Whatever the real one is.
    Shown(&'c [u8]),
}

/// C_GetAttributeValue.
pub(crate) fn attribute_value(
    call: &Call,
    session: &Session,
    object: CK_OBJECT_HANDLE,
    template: Pointer<CK_ATTRIBUTE>,
    count: CK_ULONG,
) -> Outcome {
    let attributes = template.values(count)?;
    attributes::check(call, &attributes, TemplateOf::Both)?;
    let object = objects::to_target(object);
    let mut unchanged = Vec::new();
    let mut changed = Vec::new();
    for (index, attribute) in attributes.iter().enumerate() {
        match change(call, session, object, attribute.type_) {
            Some(change) => changed.push((index, *attribute, change)),
            None => unchanged.push((index, *attribute)),
        }
    }
    if changed.is_empty() {
        return forward!(
            C_GetAttributeValue,
            session.target(),
            object,
            template.as_raw(),
            count
        );
    }
    let mut outcome = read_unchanged(session, object, template, unchanged);
    for (index, mut attribute, change) in changed {
        let value = match change {
            Change::Shown(value) => Ok(Zeroizing::new(value.to_vec())),
            _ => value(session, object, attribute.type_),
        };
        let (length, read) = match value {
            Ok(value) => raw::answer(&attribute, &changed_value(&value, change)),
            Err(rv) => (CK_UNAVAILABLE_INFORMATION, Err(rv)),
        };
        attribute.ulValueLen = length;
        template.write_at(index, attribute);
        outcome = outcome.and(read);
    }
    outcome
}

fn change<'c>(
    call: &'c Call,
    session: &Session,
    object: CK_OBJECT_HANDLE,
    attribute: CK_ATTRIBUTE_TYPE,
) -> Option<Change<'c>> {
    let mut shown = call.active.rules.shown();
    let shown = shown.find(|rule| {
        rule.attribute.0 == attribute
            && match rule.object {
                TemplateOf::Both => true,
                TemplateOf::PublicKey => class(session, object) == Ok(CKO_PUBLIC_KEY),
                TemplateOf::PrivateKey => class(session, object) == Ok(CKO_PRIVATE_KEY),
            }
    });
    if let Some(rule) = shown {
        return Some(Change::Shown(&rule.value));
    }
    let encoding = &call.active.control.encoding;
    if attribute == CKA_EC_POINT && encoding.ec_point != PointEncoding::Target {
        return Some(Change::Point(encoding.ec_point));
    }
    let target = SecretValue::Target;
    if attribute != CKA_VALUE || (encoding.private_value, encoding.secret) == (target, target) {
        return None;
    }
    let secret = match class(session, object) {
        Ok(CKO_PRIVATE_KEY) => encoding.private_value,
        Ok(CKO_SECRET_KEY) => encoding.secret,
        _ => target,
    };
    (secret != target).then_some(Change::Secret(secret))
}

fn changed_value(value: &[u8], change: Change<'_>) -> Zeroizing<Vec<u8>> {
    let changed = match change {
        Change::Point(encoding) => {
            let raw = point::from_octet_string(value).unwrap_or(value);
            match encoding {
                PointEncoding::Target => value.to_vec(),
                PointEncoding::Raw => raw.to_vec(),
                PointEncoding::BitString => point::bit_string(raw),
                PointEncoding::BareLength => point::with_bare_length(raw),
            }
        }
        Change::Secret(SecretValue::Target) | Change::Shown(_) => value.to_vec(),
        Change::Secret(SecretValue::StripZeros) => point::strip_zeros(value).to_vec(),
        Change::Secret(SecretValue::PadZero) => [&[0], value].concat(),
        Change::Secret(SecretValue::CutFirst) => value.get(1..).unwrap_or_default().to_vec(),
        Change::Secret(SecretValue::CutLast) => {
            let last = value.len().saturating_sub(1);
            value.get(..last).unwrap_or_default().to_vec()
        }
    };
    Zeroizing::new(changed)
}

/// Lets the real module answer for the other attributes, and hands its lengths on.
fn read_unchanged(
    session: &Session,
    object: CK_OBJECT_HANDLE,
    template: Pointer<CK_ATTRIBUTE>,
    unchanged: Vec<(usize, CK_ATTRIBUTE)>,
) -> Outcome {
    let (indices, mut attributes): (Vec<usize>, Vec<CK_ATTRIBUTE>) = unchanged.into_iter().unzip();
    if attributes.is_empty() {
        return Ok(());
    }
    let outcome = forward!(
        C_GetAttributeValue,
        session.target(),
        object,
        attributes.as_mut_ptr(),
        ulong(attributes.len())
    );
    for (index, attribute) in indices.into_iter().zip(attributes) {
        template.write_at(index, attribute);
    }
    outcome
}

fn class(session: &Session, object: CK_OBJECT_HANDLE) -> Outcome<CK_ULONG> {
    let value = value(session, object, CKA_CLASS)?;
    let bytes: Result<[u8; size_of::<CK_ULONG>()], _> = value.as_slice().try_into();
    bytes
        .map(CK_ULONG::from_ne_bytes)
        .map_err(|_| Rv(CKR_ARGUMENTS_BAD))
}

/// The value that the real module has.
fn value(
    session: &Session,
    object: CK_OBJECT_HANDLE,
    attribute: CK_ATTRIBUTE_TYPE,
) -> Outcome<Zeroizing<Vec<u8>>> {
    let mut asked = CK_ATTRIBUTE {
        type_: attribute,
        pValue: ptr::null_mut(),
        ulValueLen: 0,
    };
    forward!(
        C_GetAttributeValue,
        session.target(),
        object,
        &raw mut asked,
        1
    )?;
    let length = usize::try_from(asked.ulValueLen).map_err(|_| Rv(CKR_ARGUMENTS_BAD))?;
    if asked.ulValueLen == CK_UNAVAILABLE_INFORMATION {
        return Err(Rv(cryptoki_sys::CKR_ATTRIBUTE_TYPE_INVALID));
    }
    let mut value = Zeroizing::new(vec![0; length]);
    asked.pValue = value.as_mut_ptr().cast();
    forward!(
        C_GetAttributeValue,
        session.target(),
        object,
        &raw mut asked,
        1
    )?;
    value.truncate(usize::try_from(asked.ulValueLen).map_err(|_| Rv(CKR_ARGUMENTS_BAD))?);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_changed() {
        let changed = |value: &[u8], change| changed_value(value, change).to_vec();
        let der = [4, 3, 4, 8, 9];
        assert_eq!(changed(&der, Change::Point(PointEncoding::Raw)), [4, 8, 9]);
        assert_eq!(
            changed(&der, Change::Point(PointEncoding::BitString)),
            [3, 4, 0, 4, 8, 9]
        );
        for (secret, expected) in [
            (SecretValue::Target, &[0, 5, 6][..]),
            (SecretValue::StripZeros, &[5, 6]),
            (SecretValue::PadZero, &[0, 0, 5, 6]),
            (SecretValue::CutFirst, &[5, 6]),
            (SecretValue::CutLast, &[0, 5]),
        ] {
            assert_eq!(changed(&[0, 5, 6], Change::Secret(secret)), expected);
        }
    }
}
