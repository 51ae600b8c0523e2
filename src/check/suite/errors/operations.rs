//! Owns the cases about operations that were not begun, or begun twice.

use cryptoki::context::Function;
use cryptoki::error::RvError;

use super::case;
use crate::check::case::Case;
use crate::check::outcome::Verdict;
use crate::check::refusal::Refusal;
use crate::check::subject::Subject;
use crate::error::Result;
use crate::token::no_identifier;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "errors.not-begun",
            "C_SignUpdate without C_SignInit is answered by CKR_OPERATION_NOT_INITIALIZED",
            "PKCS#11 3.0, sections 5.1.6 and 5.13.3",
            not_begun,
        ),
        case(
            "errors.begun-twice",
            "a second C_FindObjectsInit is answered by CKR_OPERATION_ACTIVE",
            "PKCS#11 3.0, sections 5.1.6 and 5.7.7",
            begun_twice,
        ),
    ]
}

fn not_begun(subject: &mut Subject) -> Result<Verdict> {
    let session = subject.bench()?.session();
    let refusal = Refusal {
        call: "C_SignUpdate",
        named: &[RvError::OperationNotInitialized],
    };
    refusal.judge(session.call(Function::SignUpdate, |session| {
        session.sign_update(b"a message")
    }))
}

fn begun_twice(subject: &mut Subject) -> Result<Verdict> {
    let session = subject.bench()?.session();
    let refusal = Refusal {
        call: "C_FindObjectsInit",
        named: &[RvError::OperationActive],
    };
    let mut begun = None;
    let again = session.look(Function::FindObjectsInit, |session| {
        // It ends when it is dropped, after the second one.
        let first = session.iter_objects(&[no_identifier()])?;
        let second = session.iter_objects(&[no_identifier()]).map(|_| ());
        drop(first);
        begun = Some(());
        second
    });
    match begun {
        Some(()) => refusal.judge(again),
        // The first search was refused, which is for other suites.
        None => again.map(|()| Verdict::pass()),
    }
}
