//! Owns what a client may be told when a function of the token answers with an error.

use cryptoki::error::Rv as CryptokiRv;
use misbehaving_module::names::{Function, Rv};
use parsec_client::core::interface::requests::ResponseStatus;
use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::error::{CkrClass, CkrRow};

/// The row of the table of return values.
pub(crate) fn row(answer: Rv) -> CkrRow {
    match CryptokiRv::from(answer.0) {
        CryptokiRv::Ok => panic!("CKR_OK is no error"),
        CryptokiRv::Error(error) => CkrRow::of(error),
    }
}

/// Whether the answer to `C_Login` says that the PIN is not right.
pub(crate) fn refuses_the_pin(answer: Rv) -> bool {
    row(answer).kind == ErrorKind::PinRefused
}

/// The statuses that a client may be told, beside success, when `function` answers so.
///
/// 1. The status that the kind of the error has in the PSA Crypto API; it never is the generic error.
/// 2. While the token is looked for: a hardware failure. It is looked for when the error says that the
///    session, the login or the device is lost, and when the error meets the way back itself.
/// 3. A token that refuses to make keys with an error that says nothing does not support it.
/// 4. A token that calls an object unknown, and finds it, answers nonsense. A key that is used is there, so nobody
///    is told that it is not.
/// 5. That an attribute is not shown (PKCS#11 3.0, section 5.7.5) is no failure of the call: the operation
///    goes on without it, and may find that it cannot.
/// 6. A digest is as long as its hash before a token sees it: one that refuses it does not support it, and the
///    client is not blamed.
/// 7. A login that fails, or that never came about, is not permitted.
pub(crate) fn permitted(function: Function, answer: Rv) -> Vec<ResponseStatus> {
    let row = row(answer);
    let mut statuses = if signs(function) && tells_of_the_data(answer) {
        vec![ResponseStatus::PsaErrorNotSupported]
    } else if row.class == CkrClass::Handle && uses_keys(function) {
        vec![ResponseStatus::PsaErrorCommunicationFailure]
    } else {
        vec![status(row.kind)]
    };
    if row.class != CkrClass::Call || is_on_the_way_back(function) {
        statuses.push(ResponseStatus::PsaErrorHardwareFailure);
    }
    if makes_keys(function) && says_nothing(answer) {
        statuses.push(ResponseStatus::PsaErrorNotSupported);
    }
    if row.class == CkrClass::Handle && concerns_objects(function) {
        statuses.push(ResponseStatus::PsaErrorCommunicationFailure);
    }
    if function == Function::C_GetAttributeValue && tells_of_an_attribute(answer) {
        statuses.extend([
            ResponseStatus::PsaErrorCommunicationFailure,
            ResponseStatus::PsaErrorCorruptionDetected,
            ResponseStatus::PsaErrorNotSupported,
        ]);
    }
    if function == Function::C_Login {
        statuses.push(ResponseStatus::PsaErrorNotPermitted);
    }
    statuses
}

fn is_on_the_way_back(function: Function) -> bool {
    matches!(
        function,
        Function::C_Initialize
            | Function::C_Finalize
            | Function::C_GetSlotList
            | Function::C_GetTokenInfo
            | Function::C_OpenSession
            | Function::C_CloseSession
            | Function::C_Login
    )
}

fn concerns_objects(function: Function) -> bool {
    matches!(
        function,
        Function::C_DestroyObject | Function::C_GetAttributeValue
    )
}

fn makes_keys(function: Function) -> bool {
    matches!(
        function,
        Function::C_GenerateKeyPair | Function::C_CreateObject
    )
}

fn signs(function: Function) -> bool {
    matches!(function, Function::C_SignInit | Function::C_Sign)
}

fn uses_keys(function: Function) -> bool {
    signs(function)
        || matches!(
            function,
            Function::C_VerifyInit | Function::C_Verify | Function::C_DeriveKey
        )
}

fn tells_of_the_data(answer: Rv) -> bool {
    matches!(
        answer.to_string().as_str(),
        "CKR_DATA_INVALID" | "CKR_DATA_LEN_RANGE"
    )
}

fn tells_of_an_attribute(answer: Rv) -> bool {
    matches!(
        answer.to_string().as_str(),
        "CKR_ATTRIBUTE_SENSITIVE" | "CKR_ATTRIBUTE_TYPE_INVALID"
    )
}

fn says_nothing(answer: Rv) -> bool {
    matches!(
        answer.to_string().as_str(),
        "CKR_ARGUMENTS_BAD" | "CKR_FUNCTION_FAILED" | "CKR_GENERAL_ERROR"
    )
}

/// PSA Crypto API 1.1, section 8.1.
fn status(kind: ErrorKind) -> ResponseStatus {
    match kind {
        ErrorKind::InvalidArgument => ResponseStatus::PsaErrorInvalidArgument,
        ErrorKind::NotSupported => ResponseStatus::PsaErrorNotSupported,
        ErrorKind::NotPermitted | ErrorKind::NotLoggedIn | ErrorKind::PinRefused => {
            ResponseStatus::PsaErrorNotPermitted
        }
        ErrorKind::InvalidSignature => ResponseStatus::PsaErrorInvalidSignature,
        ErrorKind::DoesNotExist => ResponseStatus::PsaErrorDoesNotExist,
        ErrorKind::InsufficientStorage => ResponseStatus::PsaErrorInsufficientStorage,
        ErrorKind::InsufficientMemory | ErrorKind::SessionsExhausted => {
            ResponseStatus::PsaErrorInsufficientMemory
        }
        ErrorKind::InsufficientEntropy => ResponseStatus::PsaErrorInsufficientEntropy,
        ErrorKind::HardwareFailure | ErrorKind::TokenAway => {
            ResponseStatus::PsaErrorHardwareFailure
        }
        ErrorKind::CommunicationFailure => ResponseStatus::PsaErrorCommunicationFailure,
        other => panic!("no single answer of a token has the kind {other:?}"),
    }
}
