//! Owns the look at the list of functions: Parsec calls some of them, and none may be a null pointer.

use cryptoki::context::Function;

use crate::check::finding::Finding;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::error::Result;

/// Without these, nothing works.
const NEEDED: &[Function] = &[
    Function::Initialize,
    Function::Finalize,
    Function::GetSlotList,
    Function::GetTokenInfo,
    Function::GetMechanismInfo,
    Function::OpenSession,
    Function::CloseSession,
    Function::DestroyObject,
    Function::GetAttributeValue,
    Function::FindObjectsInit,
    Function::FindObjects,
    Function::FindObjectsFinal,
    Function::SignInit,
    Function::Sign,
    Function::GenerateKeyPair,
];

/// What else is in `CK_FUNCTION_LIST`; what is not there is to answer `CKR_FUNCTION_NOT_SUPPORTED`.
const OTHERS: &[Function] = &[
    Function::GetInfo,
    Function::GetFunctionList,
    Function::GetSlotInfo,
    Function::GetMechanismList,
    Function::InitToken,
    Function::InitPIN,
    Function::SetPIN,
    Function::CloseAllSessions,
    Function::GetSessionInfo,
    Function::GetOperationState,
    Function::SetOperationState,
    Function::Login,
    Function::Logout,
    Function::CreateObject,
    Function::CopyObject,
    Function::GetObjectSize,
    Function::SetAttributeValue,
    Function::EncryptInit,
    Function::Encrypt,
    Function::EncryptUpdate,
    Function::EncryptFinal,
    Function::DecryptInit,
    Function::Decrypt,
    Function::DecryptUpdate,
    Function::DecryptFinal,
    Function::DigestInit,
    Function::Digest,
    Function::DigestUpdate,
    Function::DigestKey,
    Function::DigestFinal,
    Function::SignUpdate,
    Function::SignFinal,
    Function::SignRecoverInit,
    Function::SignRecover,
    Function::VerifyInit,
    Function::Verify,
    Function::VerifyUpdate,
    Function::VerifyFinal,
    Function::VerifyRecoverInit,
    Function::VerifyRecover,
    Function::DigestEncryptUpdate,
    Function::DecryptDigestUpdate,
    Function::SignEncryptUpdate,
    Function::DecryptVerifyUpdate,
    Function::GenerateKey,
    Function::WrapKey,
    Function::UnwrapKey,
    Function::DeriveKey,
    Function::SeedRandom,
    Function::GenerateRandom,
    Function::GetFunctionStatus,
    Function::CancelFunction,
    Function::WaitForSlotEvent,
];

pub(super) fn look(subject: &mut Subject) -> Result<Verdict> {
    let session = subject.bench()?.session();
    let lacking = |functions: &[Function]| {
        session.ask(Function::GetFunctionList, |pkcs11, _| {
            let absent = functions
                .iter()
                .filter(|&&function| !pkcs11.is_fn_supported(function));
            Ok(absent
                .map(|function| format!("C_{function:?}"))
                .collect::<Vec<_>>())
        })
    };
    let (needed, others) = (lacking(NEEDED)?, lacking(OTHERS)?);
    let expected = "a pointer for every function of CK_FUNCTION_LIST";
    let null = |functions: &[String]| {
        Finding::new(expected, format!("null: {}", functions.join(", "))).by("C_GetFunctionList")
    };
    let mut verdict = Verdict::pass();
    if !others.is_empty() {
        verdict = verdict.with_warning(null(&others).remedy(
            "let the entries point to functions that return CKR_FUNCTION_NOT_SUPPORTED: other applications call \
             them without a look",
        ));
    }
    if !needed.is_empty() {
        verdict = verdict.with_failure(
            null(&needed).remedy("implement these functions: Parsec cannot work without them"),
        );
    }
    Ok(verdict)
}
