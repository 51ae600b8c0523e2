//! Owns the mechanisms: how they are listed, and their refusal by the functions that take one.

use std::ptr;

use cryptoki_sys::{
    CK_MECHANISM, CK_MECHANISM_INFO, CK_MECHANISM_TYPE, CK_OBJECT_HANDLE, CK_SLOT_ID, CK_ULONG,
    CKR_ARGUMENTS_BAD, CKR_MECHANISM_INVALID,
};

use crate::call::Call;
use crate::names::Rv;
use crate::raw::{Outcome, Pointer};
use crate::sessions::Session;
use crate::target::forward;
use crate::{objects, token_presence};

/// Whether the mechanism may be used.
pub(crate) fn check(call: &Call, mechanism: Pointer<CK_MECHANISM>) -> Outcome {
    if mechanism.is_null() {
        return Ok(());
    }
    let wanted = mechanism.read()?.mechanism;
    for rule in &call.active.control.refuse_mechanism {
        if rule.mechanism.0 == wanted {
            return Err(rule.answer);
        }
    }
    Ok(())
}

fn is_listed(call: &Call, mechanism: CK_MECHANISM_TYPE) -> bool {
    let rules = &call.active.control.refuse_mechanism;
    !rules
        .iter()
        .any(|rule| rule.mechanism.0 == mechanism && !rule.listed)
}

/// C_GetMechanismList.
pub(crate) fn list(
    call: &Call,
    slot: CK_SLOT_ID,
    mechanisms: Pointer<CK_MECHANISM_TYPE>,
    count: Pointer<CK_ULONG>,
) -> Outcome {
    let slot = token_presence::slot_with_token(slot)?;
    let mut length = 0;
    forward!(C_GetMechanismList, slot, ptr::null_mut(), &raw mut length)?;
    let mut list = vec![0; usize::try_from(length).map_err(|_| Rv(CKR_ARGUMENTS_BAD))?];
    forward!(C_GetMechanismList, slot, list.as_mut_ptr(), &raw mut length)?;
    list.truncate(usize::try_from(length).map_err(|_| Rv(CKR_ARGUMENTS_BAD))?);
    list.retain(|mechanism| is_listed(call, *mechanism));
    token_presence::tell(&list, mechanisms, count)
}

/// C_GetMechanismInfo.
pub(crate) fn info(
    call: &Call,
    slot: CK_SLOT_ID,
    mechanism: CK_MECHANISM_TYPE,
    info: Pointer<CK_MECHANISM_INFO>,
) -> Outcome {
    let slot = token_presence::slot_with_token(slot)?;
    if !is_listed(call, mechanism) {
        return Err(Rv(CKR_MECHANISM_INVALID));
    }
    forward!(C_GetMechanismInfo, slot, mechanism, info.as_raw())?;
    let sizes = &call.active.control.key_sizes;
    if let Some(rule) = sizes.iter().find(|rule| rule.mechanism.0 == mechanism) {
        let mut told = info.read()?;
        told.ulMinKeySize = rule.smallest;
        told.ulMaxKeySize = rule.largest;
        info.write(told);
    }
    Ok(())
}

macro_rules! init_with_key {
    ($($handler:ident: $function:ident)*) => {$(
        #[doc = concat!(stringify!($function), ".")]
        pub(crate) fn $handler(
            call: &Call,
            session: &Session,
            mechanism: Pointer<CK_MECHANISM>,
            key: CK_OBJECT_HANDLE,
        ) -> Outcome {
            check(call, mechanism)?;
            let key = objects::to_target(key);
            forward!($function, session.target(), mechanism.as_raw(), key)
        }
    )*};
}

init_with_key! {
    encrypt_init: C_EncryptInit
    decrypt_init: C_DecryptInit
    sign_recover_init: C_SignRecoverInit
    verify_recover_init: C_VerifyRecoverInit
}

/// C_DigestInit.
pub(crate) fn digest_init(
    call: &Call,
    session: &Session,
    mechanism: Pointer<CK_MECHANISM>,
) -> Outcome {
    check(call, mechanism)?;
    forward!(C_DigestInit, session.target(), mechanism.as_raw())
}
