//! Owns signing and verifying: the digests that are taken, the form of ECDSA signatures, and operations that a
//! refused call leaves behind.

use std::sync::atomic::Ordering;

use cryptoki_sys::{
    CK_MECHANISM, CK_MECHANISM_TYPE, CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CK_ULONG, CKM_ECDSA,
    CKM_ECDSA_SHA1, CKM_ECDSA_SHA3_224, CKM_ECDSA_SHA3_256, CKM_ECDSA_SHA3_384, CKM_ECDSA_SHA3_512,
    CKM_ECDSA_SHA224, CKM_ECDSA_SHA256, CKM_ECDSA_SHA384, CKM_ECDSA_SHA512, CKR_BUFFER_TOO_SMALL,
};

use crate::call::Call;
use crate::control::SignatureForm;
use crate::names::{Function, Rv};
use crate::raw::{Outcome, Pointer, ulong};
use crate::sessions::{self, Session};
use crate::target::forward;
use crate::{mechanisms, objects, point};

fn is_ecdsa(mechanism: CK_MECHANISM_TYPE) -> bool {
    matches!(
        mechanism,
        CKM_ECDSA
            | CKM_ECDSA_SHA1
            | CKM_ECDSA_SHA224
            | CKM_ECDSA_SHA256
            | CKM_ECDSA_SHA384
            | CKM_ECDSA_SHA512
            | CKM_ECDSA_SHA3_224
            | CKM_ECDSA_SHA3_256
            | CKM_ECDSA_SHA3_384
            | CKM_ECDSA_SHA3_512
    )
}

/// C_SignInit.
pub(crate) fn sign_init(
    call: &Call,
    session: &Session,
    mechanism: Pointer<CK_MECHANISM>,
    key: CK_OBJECT_HANDLE,
) -> Outcome {
    mechanisms::check(call, mechanism)?;
    let key = objects::to_target(key);
    forward!(C_SignInit, session.target(), mechanism.as_raw(), key)?;
    let mechanism = mechanism.read()?.mechanism;
    let ecdsa = is_ecdsa(mechanism);
    session.signs_ecdsa.store(ecdsa, Ordering::SeqCst);
    note_digest(session, mechanism);
    Ok(())
}

/// C_VerifyInit.
pub(crate) fn verify_init(
    call: &Call,
    session: &Session,
    mechanism: Pointer<CK_MECHANISM>,
    key: CK_OBJECT_HANDLE,
) -> Outcome {
    mechanisms::check(call, mechanism)?;
    let key = objects::to_target(key);
    forward!(C_VerifyInit, session.target(), mechanism.as_raw(), key)?;
    note_digest(session, mechanism.read()?.mechanism);
    Ok(())
}

fn note_digest(session: &Session, mechanism: CK_MECHANISM_TYPE) {
    let takes_digest = mechanism == CKM_ECDSA;
    session.takes_digest.store(takes_digest, Ordering::SeqCst);
}

/// Refuses a digest of a length that is not taken, which ends the operation.
fn check_digest(call: &Call, session: &Session, length: CK_ULONG) -> Outcome {
    let digests = &call.active.control.digests;
    let Some(lengths) = &digests.lengths else {
        return Ok(());
    };
    let is_taken = lengths.iter().any(|taken| ulong(*taken) == length);
    if is_taken || !session.takes_digest.load(Ordering::SeqCst) {
        return Ok(());
    }
    // The application is told of the digest, not what becomes of this.
    let _ = end_operation(call.function, session);
    Err(digests.answer)
}

/// C_Sign.
pub(crate) fn sign(
    call: &Call,
    session: &Session,
    data: Pointer<u8>,
    data_length: CK_ULONG,
    signature: Pointer<u8>,
    length: Pointer<CK_ULONG>,
) -> Outcome {
    check_digest(call, session, data_length)?;
    forward!(
        C_Sign,
        session.target(),
        data.as_raw(),
        data_length,
        signature.as_raw(),
        length.as_raw()
    )?;
    change(call, session, signature, length)
}

/// C_Verify.
pub(crate) fn verify(
    call: &Call,
    session: &Session,
    data: Pointer<u8>,
    data_length: CK_ULONG,
    signature: Pointer<u8>,
    length: CK_ULONG,
) -> Outcome {
    check_digest(call, session, data_length)?;
    forward!(
        C_Verify,
        session.target(),
        data.as_raw(),
        data_length,
        signature.as_raw(),
        length
    )
}

/// C_SignFinal.
pub(crate) fn sign_final(
    call: &Call,
    session: &Session,
    signature: Pointer<u8>,
    length: Pointer<CK_ULONG>,
) -> Outcome {
    forward!(
        C_SignFinal,
        session.target(),
        signature.as_raw(),
        length.as_raw()
    )?;
    change(call, session, signature, length)
}

fn change(
    call: &Call,
    session: &Session,
    signature: Pointer<u8>,
    length: Pointer<CK_ULONG>,
) -> Outcome {
    let encoding = &call.active.control.encoding;
    let form = encoding.signature;
    let is_asked_for_length = signature.is_null();
    if is_asked_for_length || !session.signs_ecdsa.load(Ordering::SeqCst) {
        return Ok(());
    }
    if !call
        .active
        .rules
        .changes_signature(encoding.signature_every)
    {
        return Ok(());
    }
    let made = signature.values(length.read()?)?;
    let changed = match form {
        SignatureForm::Target => return Ok(()),
        SignatureForm::StripCommonZeros => point::strip_common_zeros(&made),
        SignatureForm::StripZeros => point::strip_all_zeros(&made),
        SignatureForm::FlipBit => point::flip_last_bit(&made),
    };
    signature.write_all(&changed);
    length.write(ulong(changed.len()));
    Ok(())
}

/// Ends the operation in the real module that a function was refused for with this answer: PKCS#11 says
/// that the function ends it, unless the buffer was too small (2.40, sections 5.7, 5.11 and 5.12).
pub(crate) fn abandon(function: Function, answer: Rv, session: CK_SESSION_HANDLE) {
    let ends_operation = matches!(
        function,
        Function::C_Sign
            | Function::C_SignFinal
            | Function::C_Verify
            | Function::C_VerifyFinal
            | Function::C_FindObjectsFinal
    );
    if !ends_operation || answer == Rv(CKR_BUFFER_TOO_SMALL) {
        return;
    }
    if let Ok(session) = sessions::find(session) {
        // The application is told the injected error, not what becomes of this.
        let _ = end_operation(function, &session);
    }
}

fn end_operation(function: Function, session: &Session) -> Outcome {
    let session = session.target();
    let mut scratch = [0_u8; 4096];
    let mut length = ulong(scratch.len());
    let out = scratch.as_mut_ptr();
    let mut data = [0_u8; 32];
    let bytes = ulong(data.len());
    let data = data.as_mut_ptr();
    match function {
        Function::C_Sign => forward!(C_Sign, session, data, bytes, out, &raw mut length),
        Function::C_SignFinal => forward!(C_SignFinal, session, out, &raw mut length),
        Function::C_Verify => forward!(C_Verify, session, data, bytes, out, 1),
        Function::C_VerifyFinal => forward!(C_VerifyFinal, session, out, 1),
        _ => forward!(C_FindObjectsFinal, session),
    }
}
