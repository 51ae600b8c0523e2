//! Owns the functions that create, find and destroy objects.

use std::ptr;

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_MECHANISM, CK_OBJECT_HANDLE, CK_ULONG, CKA_EC_POINT,
    CKM_ECDH1_COFACTOR_DERIVE, CKM_ECDH1_DERIVE,
};

use crate::call::Call;
use crate::control::{PointForm, TemplateOf};
use crate::raw::{self, Outcome, Pointer, ulong};
use crate::sessions::Session;
use crate::target::forward;
use crate::{aliases, attributes, mechanisms, objects, point};

/// C_CreateObject.
pub(crate) fn create(
    call: &Call,
    session: &Session,
    template: Pointer<CK_ATTRIBUTE>,
    count: CK_ULONG,
    object: Pointer<CK_OBJECT_HANDLE>,
) -> Outcome {
    let mut attributes = template.values(count)?;
    let of = attributes::class(&attributes);
    attributes::check(call, &attributes, of)?;
    let encoding = &call.active.control.encoding;
    let mut wrapped = None;
    for attribute in &attributes {
        let (CKA_EC_POINT, Some(value)) = (attribute.type_, raw::value(attribute)) else {
            continue;
        };
        wrapped = point_in_form(value, encoding.create_point).ok_or(encoding.create_refusal)?;
    }
    if let Some(wrapped) = &mut wrapped {
        for attribute in attributes
            .iter_mut()
            .filter(|attribute| attribute.type_ == CKA_EC_POINT)
        {
            attribute.pValue = wrapped.as_mut_ptr().cast();
            attribute.ulValueLen = ulong(wrapped.len());
        }
    }
    attributes::impose(call, &mut attributes, of);
    forward!(
        C_CreateObject,
        session.target(),
        attributes.as_mut_ptr(),
        ulong(attributes.len()),
        object.as_raw()
    )?;
    tell_created(call, session, &attributes, object)
}

/// None if the point is not in that form; else what the real module gets in its place, if anything.
fn point_in_form(encoded: &[u8], form: PointForm) -> Option<Option<Vec<u8>>> {
    let is_der = point::from_octet_string(encoded).is_some();
    match form {
        PointForm::Target => Some(None),
        PointForm::Der => is_der.then_some(None),
        PointForm::Raw => (!is_der).then(|| Some(point::octet_string(encoded))),
    }
}

/// Gives the application its number of an object that was created.
fn tell_created(
    call: &Call,
    session: &Session,
    template: &[CK_ATTRIBUTE],
    object: Pointer<CK_OBJECT_HANDLE>,
) -> Outcome {
    let target = object.read()?;
    let number = objects::created(target, session.target(), template);
    object.write(aliases::number_of(call, session.target(), target, number));
    Ok(())
}

/// C_CopyObject.
pub(crate) fn copy(
    call: &Call,
    session: &Session,
    object: CK_OBJECT_HANDLE,
    template: Pointer<CK_ATTRIBUTE>,
    count: CK_ULONG,
    new: Pointer<CK_OBJECT_HANDLE>,
) -> Outcome {
    let mut attributes = template.values(count)?;
    attributes::check(call, &attributes, TemplateOf::Both)?;
    attributes::impose(call, &mut attributes, TemplateOf::Both);
    forward!(
        C_CopyObject,
        session.target(),
        objects::to_target(object),
        attributes.as_mut_ptr(),
        ulong(attributes.len()),
        new.as_raw()
    )?;
    tell_created(call, session, &attributes, new)
}

/// C_DestroyObject.
pub(crate) fn destroy(_: &Call, session: &Session, object: CK_OBJECT_HANDLE) -> Outcome {
    let target = objects::to_target(object);
    forward!(C_DestroyObject, session.target(), target)?;
    objects::destroyed(object);
    Ok(())
}

/// C_GetObjectSize.
pub(crate) fn size(
    _: &Call,
    session: &Session,
    object: CK_OBJECT_HANDLE,
    size: Pointer<CK_ULONG>,
) -> Outcome {
    let object = objects::to_target(object);
    forward!(C_GetObjectSize, session.target(), object, size.as_raw())
}

/// C_SetAttributeValue.
pub(crate) fn set_attribute_value(
    call: &Call,
    session: &Session,
    object: CK_OBJECT_HANDLE,
    template: Pointer<CK_ATTRIBUTE>,
    count: CK_ULONG,
) -> Outcome {
    attributes::check(call, &template.values(count)?, TemplateOf::Both)?;
    forward!(
        C_SetAttributeValue,
        session.target(),
        objects::to_target(object),
        template.as_raw(),
        count
    )
}

/// C_FindObjectsInit.
pub(crate) fn find_init(
    call: &Call,
    session: &Session,
    template: Pointer<CK_ATTRIBUTE>,
    count: CK_ULONG,
) -> Outcome {
    attributes::check(call, &template.values(count)?, TemplateOf::Both)?;
    forward!(
        C_FindObjectsInit,
        session.target(),
        template.as_raw(),
        count
    )
}

/// C_FindObjects.
pub(crate) fn find(
    call: &Call,
    session: &Session,
    found: Pointer<CK_OBJECT_HANDLE>,
    room: CK_ULONG,
    count: Pointer<CK_ULONG>,
) -> Outcome {
    forward!(
        C_FindObjects,
        session.target(),
        found.as_raw(),
        room,
        count.as_raw()
    )?;
    let numbers: Vec<CK_OBJECT_HANDLE> = found
        .values(count.read()?)?
        .into_iter()
        .map(|target| {
            let number = objects::to_application(target);
            aliases::number_of(call, session.target(), target, number)
        })
        .collect();
    found.write_all(&numbers);
    Ok(())
}

/// C_GenerateKey.
pub(crate) fn generate(
    call: &Call,
    session: &Session,
    mechanism: Pointer<CK_MECHANISM>,
    template: Pointer<CK_ATTRIBUTE>,
    count: CK_ULONG,
    key: Pointer<CK_OBJECT_HANDLE>,
) -> Outcome {
    mechanisms::check(call, mechanism)?;
    let mut attributes = template.values(count)?;
    attributes::check(call, &attributes, TemplateOf::Both)?;
    attributes::impose(call, &mut attributes, TemplateOf::Both);
    forward!(
        C_GenerateKey,
        session.target(),
        mechanism.as_raw(),
        attributes.as_mut_ptr(),
        ulong(attributes.len()),
        key.as_raw()
    )?;
    tell_created(call, session, &attributes, key)
}

/// C_GenerateKeyPair.
#[allow(clippy::too_many_arguments, reason = "PKCS#11 has them")]
pub(crate) fn generate_pair(
    call: &Call,
    session: &Session,
    mechanism: Pointer<CK_MECHANISM>,
    public_template: Pointer<CK_ATTRIBUTE>,
    public_count: CK_ULONG,
    private_template: Pointer<CK_ATTRIBUTE>,
    private_count: CK_ULONG,
    public_key: Pointer<CK_OBJECT_HANDLE>,
    private_key: Pointer<CK_OBJECT_HANDLE>,
) -> Outcome {
    mechanisms::check(call, mechanism)?;
    let mut public = public_template.values(public_count)?;
    let mut private = private_template.values(private_count)?;
    attributes::check(call, &public, TemplateOf::PublicKey)?;
    attributes::check(call, &private, TemplateOf::PrivateKey)?;
    attributes::impose(call, &mut public, TemplateOf::PublicKey);
    attributes::impose(call, &mut private, TemplateOf::PrivateKey);
    forward!(
        C_GenerateKeyPair,
        session.target(),
        mechanism.as_raw(),
        public.as_mut_ptr(),
        ulong(public.len()),
        private.as_mut_ptr(),
        ulong(private.len()),
        public_key.as_raw(),
        private_key.as_raw()
    )?;
    tell_created(call, session, &public, public_key)?;
    tell_created(call, session, &private, private_key)
}

/// C_WrapKey.
pub(crate) fn wrap(
    call: &Call,
    session: &Session,
    mechanism: Pointer<CK_MECHANISM>,
    wrapping_key: CK_OBJECT_HANDLE,
    key: CK_OBJECT_HANDLE,
    wrapped: Pointer<u8>,
    length: Pointer<CK_ULONG>,
) -> Outcome {
    mechanisms::check(call, mechanism)?;
    forward!(
        C_WrapKey,
        session.target(),
        mechanism.as_raw(),
        objects::to_target(wrapping_key),
        objects::to_target(key),
        wrapped.as_raw(),
        length.as_raw()
    )
}

/// C_UnwrapKey.
#[allow(clippy::too_many_arguments, reason = "PKCS#11 has them")]
pub(crate) fn unwrap(
    call: &Call,
    session: &Session,
    mechanism: Pointer<CK_MECHANISM>,
    unwrapping_key: CK_OBJECT_HANDLE,
    wrapped: Pointer<u8>,
    length: CK_ULONG,
    template: Pointer<CK_ATTRIBUTE>,
    count: CK_ULONG,
    key: Pointer<CK_OBJECT_HANDLE>,
) -> Outcome {
    mechanisms::check(call, mechanism)?;
    let mut attributes = template.values(count)?;
    attributes::check(call, &attributes, TemplateOf::Both)?;
    attributes::impose(call, &mut attributes, TemplateOf::Both);
    forward!(
        C_UnwrapKey,
        session.target(),
        mechanism.as_raw(),
        objects::to_target(unwrapping_key),
        wrapped.as_raw(),
        length,
        attributes.as_mut_ptr(),
        ulong(attributes.len()),
        key.as_raw()
    )?;
    tell_created(call, session, &attributes, key)
}

/// C_DeriveKey.
pub(crate) fn derive(
    call: &Call,
    session: &Session,
    mechanism: Pointer<CK_MECHANISM>,
    base_key: CK_OBJECT_HANDLE,
    template: Pointer<CK_ATTRIBUTE>,
    count: CK_ULONG,
    key: Pointer<CK_OBJECT_HANDLE>,
) -> Outcome {
    mechanisms::check(call, mechanism)?;
    let mut attributes = template.values(count)?;
    attributes::check(call, &attributes, TemplateOf::Both)?;
    attributes::impose(call, &mut attributes, TemplateOf::Both);
    let encoding = &call.active.control.encoding;
    let mut asked = mechanism.read()?;
    let is_ecdh = matches!(
        asked.mechanism,
        CKM_ECDH1_DERIVE | CKM_ECDH1_COFACTOR_DERIVE
    );
    // What the real module gets in place of the application's parameters; both outlive the call.
    let mut wrapped;
    let mut changed = None;
    if let (true, Some((parameters, peer))) = (is_ecdh, raw::ecdh_parameters(&asked)) {
        let in_form = point_in_form(peer, encoding.derive_point);
        let other = in_form.ok_or(encoding.derive_refusal)?;
        let changed = changed.insert(parameters);
        if let Some(point) = other {
            wrapped = point;
            changed.pPublicData = wrapped.as_mut_ptr();
            changed.ulPublicDataLen = ulong(wrapped.len());
        }
        asked.pParameter = ptr::from_mut(changed).cast();
    }
    let mut forwarded = |asked: &mut CK_MECHANISM| {
        forward!(
            C_DeriveKey,
            session.target(),
            ptr::from_mut(asked),
            objects::to_target(base_key),
            attributes.as_mut_ptr(),
            ulong(attributes.len()),
            key.as_raw()
        )
    };
    match (
        forwarded(&mut asked),
        &encoding.derive_instead,
        &mut changed,
    ) {
        (Err(_), Some(instead), Some(parameters)) => {
            let mut instead = instead.clone();
            parameters.pPublicData = instead.as_mut_ptr();
            parameters.ulPublicDataLen = ulong(instead.len());
            asked.pParameter = ptr::from_mut(parameters).cast();
            forwarded(&mut asked)?;
        }
        (outcome, _, _) => outcome?,
    }
    // Some mechanisms derive several keys and no single one.
    if key.is_null() {
        return Ok(());
    }
    tell_created(call, session, &attributes, key)
}

/// C_SetOperationState.
pub(crate) fn set_operation_state(
    _: &Call,
    session: &Session,
    state: Pointer<u8>,
    length: CK_ULONG,
    encryption_key: CK_OBJECT_HANDLE,
    authentication_key: CK_OBJECT_HANDLE,
) -> Outcome {
    forward!(
        C_SetOperationState,
        session.target(),
        state.as_raw(),
        length,
        objects::to_target(encryption_key),
        objects::to_target(authentication_key)
    )
}

/// C_DigestKey.
pub(crate) fn digest(_: &Call, session: &Session, key: CK_OBJECT_HANDLE) -> Outcome {
    forward!(C_DigestKey, session.target(), objects::to_target(key))
}
