//! Owns the entries of the module: C_GetFunctionList, and the functions in its list.

use std::ffi::c_void;
use std::ptr;

use cryptoki_sys::*;

use crate::call::{self, Call};
use crate::names::{Function, Rv};
use crate::raw::{Argument, Outcome, Pointer};
use crate::target::forward;
use crate::{
    encoding, keys, login, mechanisms, objects, sessions, signing, token_info, token_presence,
};

/// One function. `session`: its first argument is a session, which is looked up. With a handler, that
/// does the work; else the arguments are forwarded as they are.
macro_rules! entry {
    (plain $name:ident($($argument:ident: $type:ty),*)) => {
        unsafe extern "C" fn $name($($argument: $type),*) -> CK_RV {
            call::run(Function::$name, None, |_| forward!($name, $($argument),*))
        }
    };
    (plain $name:ident($($argument:ident: $type:ty),*) => $handler:path) => {
        unsafe extern "C" fn $name($($argument: $type),*) -> CK_RV {
            // SAFETY: the arguments come from the application, which vouches for its pointers.
            $(let $argument = unsafe { Argument::take($argument) };)*
            call::run(Function::$name, None, |call| $handler(call, $($argument),*))
        }
    };
    (session $name:ident($($argument:ident: $type:ty),*)) => {
        unsafe extern "C" fn $name(session: CK_SESSION_HANDLE, $($argument: $type),*) -> CK_RV {
            call::run(Function::$name, Some(session), |_| {
                let session = sessions::find(session)?;
                forward!($name, session.target(), $($argument),*)
            })
        }
    };
    (session $name:ident($($argument:ident: $type:ty),*) => $handler:path) => {
        unsafe extern "C" fn $name(session: CK_SESSION_HANDLE, $($argument: $type),*) -> CK_RV {
            // SAFETY: the arguments come from the application, which vouches for its pointers.
            $(let $argument = unsafe { Argument::take($argument) };)*
            call::run(Function::$name, Some(session), |call| {
                let session = sessions::find(session)?;
                $handler(call, &session, $($argument),*)
            })
        }
    };
}

type Bytes = *mut CK_BYTE;
type Length = *mut CK_ULONG;
type Template = *mut CK_ATTRIBUTE;
type Mechanism = *mut CK_MECHANISM;
type NewObject = *mut CK_OBJECT_HANDLE;

/// The functions, in the order of CK_FUNCTION_LIST, but C_GetFunctionList.
#[allow(non_snake_case, reason = "the names that PKCS#11 gives them")]
mod functions {
    use super::*;

    macro_rules! entries {
        ($($kind:ident $name:ident($($argument:ident: $type:ty),*) $(=> $handler:path)?;)*) => {
            $(entry!($kind $name($($argument: $type),*) $(=> $handler)?);)*

            pub(super) static LIST: CK_FUNCTION_LIST = CK_FUNCTION_LIST {
                version: CK_VERSION { major: 2, minor: 40 },
                C_GetFunctionList: Some(super::C_GetFunctionList),
                $($name: Some($name),)*
            };
        };
    }

    entries! {
        plain C_Initialize(arguments: *mut c_void) => super::initialize;
        plain C_Finalize(reserved: *mut c_void) => super::finalize;
        plain C_GetInfo(info: *mut CK_INFO);
        plain C_GetSlotList(with_token: CK_BBOOL, slots: *mut CK_SLOT_ID, count: Length) => token_presence::list;
        plain C_GetSlotInfo(slot: CK_SLOT_ID, info: *mut CK_SLOT_INFO) => token_presence::slot_info;
        plain C_GetTokenInfo(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO) => token_info::token_info;
        plain C_GetMechanismList(slot: CK_SLOT_ID, list: *mut CK_MECHANISM_TYPE, count: Length) => mechanisms::list;
        plain C_GetMechanismInfo(slot: CK_SLOT_ID, mechanism: CK_MECHANISM_TYPE, info: *mut CK_MECHANISM_INFO) => mechanisms::info;
        plain C_InitToken(slot: CK_SLOT_ID, pin: Bytes, length: CK_ULONG, label: Bytes) => super::init_token;
        session C_InitPIN(pin: Bytes, length: CK_ULONG);
        session C_SetPIN(old: Bytes, old_length: CK_ULONG, new: Bytes, new_length: CK_ULONG);
        plain C_OpenSession(slot: CK_SLOT_ID, flags: CK_FLAGS, application: *mut c_void, notify: CK_NOTIFY, session: *mut CK_SESSION_HANDLE) => sessions::open;
        plain C_CloseSession(session: CK_SESSION_HANDLE) => sessions::close;
        plain C_CloseAllSessions(slot: CK_SLOT_ID) => sessions::close_all;
        session C_GetSessionInfo(info: *mut CK_SESSION_INFO) => sessions::info;
        session C_GetOperationState(state: Bytes, length: Length);
        session C_SetOperationState(state: Bytes, length: CK_ULONG, encryption: CK_OBJECT_HANDLE, authentication: CK_OBJECT_HANDLE) => keys::set_operation_state;
        session C_Login(user: CK_USER_TYPE, pin: Bytes, length: CK_ULONG) => login::login;
        session C_Logout();
        session C_CreateObject(template: Template, count: CK_ULONG, object: NewObject) => keys::create;
        session C_CopyObject(object: CK_OBJECT_HANDLE, template: Template, count: CK_ULONG, new: NewObject) => keys::copy;
        session C_DestroyObject(object: CK_OBJECT_HANDLE) => keys::destroy;
        session C_GetObjectSize(object: CK_OBJECT_HANDLE, size: Length) => keys::size;
        session C_GetAttributeValue(object: CK_OBJECT_HANDLE, template: Template, count: CK_ULONG) => encoding::attribute_value;
        session C_SetAttributeValue(object: CK_OBJECT_HANDLE, template: Template, count: CK_ULONG) => keys::set_attribute_value;
        session C_FindObjectsInit(template: Template, count: CK_ULONG) => keys::find_init;
        session C_FindObjects(found: NewObject, room: CK_ULONG, count: Length) => keys::find;
        session C_FindObjectsFinal();
        session C_EncryptInit(mechanism: Mechanism, key: CK_OBJECT_HANDLE) => mechanisms::encrypt_init;
        session C_Encrypt(data: Bytes, length: CK_ULONG, out: Bytes, out_length: Length);
        session C_EncryptUpdate(part: Bytes, length: CK_ULONG, out: Bytes, out_length: Length);
        session C_EncryptFinal(out: Bytes, out_length: Length);
        session C_DecryptInit(mechanism: Mechanism, key: CK_OBJECT_HANDLE) => mechanisms::decrypt_init;
        session C_Decrypt(data: Bytes, length: CK_ULONG, out: Bytes, out_length: Length);
        session C_DecryptUpdate(part: Bytes, length: CK_ULONG, out: Bytes, out_length: Length);
        session C_DecryptFinal(out: Bytes, out_length: Length);
        session C_DigestInit(mechanism: Mechanism) => mechanisms::digest_init;
        session C_Digest(data: Bytes, length: CK_ULONG, out: Bytes, out_length: Length);
        session C_DigestUpdate(part: Bytes, length: CK_ULONG);
        session C_DigestKey(key: CK_OBJECT_HANDLE) => keys::digest;
        session C_DigestFinal(out: Bytes, out_length: Length);
        session C_SignInit(mechanism: Mechanism, key: CK_OBJECT_HANDLE) => signing::sign_init;
        session C_Sign(data: Bytes, length: CK_ULONG, signature: Bytes, signature_length: Length) => signing::sign;
        session C_SignUpdate(part: Bytes, length: CK_ULONG);
        session C_SignFinal(signature: Bytes, signature_length: Length) => signing::sign_final;
        session C_SignRecoverInit(mechanism: Mechanism, key: CK_OBJECT_HANDLE) => mechanisms::sign_recover_init;
        session C_SignRecover(data: Bytes, length: CK_ULONG, signature: Bytes, signature_length: Length);
        session C_VerifyInit(mechanism: Mechanism, key: CK_OBJECT_HANDLE) => signing::verify_init;
        session C_Verify(data: Bytes, length: CK_ULONG, signature: Bytes, signature_length: CK_ULONG) => signing::verify;
        session C_VerifyUpdate(part: Bytes, length: CK_ULONG);
        session C_VerifyFinal(signature: Bytes, signature_length: CK_ULONG);
        session C_VerifyRecoverInit(mechanism: Mechanism, key: CK_OBJECT_HANDLE) => mechanisms::verify_recover_init;
        session C_VerifyRecover(signature: Bytes, length: CK_ULONG, out: Bytes, out_length: Length);
        session C_DigestEncryptUpdate(part: Bytes, length: CK_ULONG, out: Bytes, out_length: Length);
        session C_DecryptDigestUpdate(part: Bytes, length: CK_ULONG, out: Bytes, out_length: Length);
        session C_SignEncryptUpdate(part: Bytes, length: CK_ULONG, out: Bytes, out_length: Length);
        session C_DecryptVerifyUpdate(part: Bytes, length: CK_ULONG, out: Bytes, out_length: Length);
        session C_GenerateKey(mechanism: Mechanism, template: Template, count: CK_ULONG, key: NewObject) => keys::generate;
        session C_GenerateKeyPair(mechanism: Mechanism, public: Template, public_count: CK_ULONG, private: Template, private_count: CK_ULONG, public_key: NewObject, private_key: NewObject) => keys::generate_pair;
        session C_WrapKey(mechanism: Mechanism, wrapping_key: CK_OBJECT_HANDLE, key: CK_OBJECT_HANDLE, wrapped: Bytes, length: Length) => keys::wrap;
        session C_UnwrapKey(mechanism: Mechanism, unwrapping_key: CK_OBJECT_HANDLE, wrapped: Bytes, length: CK_ULONG, template: Template, count: CK_ULONG, key: NewObject) => keys::unwrap;
        session C_DeriveKey(mechanism: Mechanism, base_key: CK_OBJECT_HANDLE, template: Template, count: CK_ULONG, key: NewObject) => keys::derive;
        session C_SeedRandom(seed: Bytes, length: CK_ULONG);
        session C_GenerateRandom(out: Bytes, length: CK_ULONG);
        session C_GetFunctionStatus();
        session C_CancelFunction();
        plain C_WaitForSlotEvent(flags: CK_FLAGS, slot: *mut CK_SLOT_ID, reserved: *mut c_void);
    }
}

/// C_GetFunctionList: the only symbol of the module.
///
/// # Safety
/// `list` is null or valid for writing a pointer.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    // SAFETY: as the caller promises.
    let list = unsafe { Argument::take(list) };
    call::run(Function::C_GetFunctionList, None, |_| {
        if list.is_null() {
            return Err(Rv(CKR_ARGUMENTS_BAD));
        }
        list.write(ptr::from_ref(&functions::LIST).cast_mut());
        Ok(())
    })
}

/// C_Initialize.
fn initialize(call: &Call, arguments: Pointer<c_void>) -> Outcome {
    let outcome = forward!(C_Initialize, arguments.as_raw());
    // Somebody else in the process may have initialised the real module; then it can be used as well.
    if let Ok(()) | Err(Rv(CKR_CRYPTOKI_ALREADY_INITIALIZED)) = outcome {
        let again = sessions::initialized();
        if outcome.is_ok() || !again {
            let control = &call.active.control;
            objects::begin(control.handles.reuse_objects);
            token_presence::initialized(&control.token);
        }
    }
    outcome
}

/// C_Finalize.
fn finalize(_: &Call, reserved: Pointer<c_void>) -> Outcome {
    forward!(C_Finalize, reserved.as_raw())?;
    sessions::finalized();
    login::clear();
    Ok(())
}

/// C_InitToken.
fn init_token(
    _: &Call,
    slot: CK_SLOT_ID,
    pin: Pointer<u8>,
    length: CK_ULONG,
    label: Pointer<u8>,
) -> Outcome {
    let slot = token_presence::slot_with_token(slot)?;
    forward!(C_InitToken, slot, pin.as_raw(), length, label.as_raw())
}
