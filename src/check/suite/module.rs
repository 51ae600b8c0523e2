//! Owns the suite `module`: the library itself, before anybody logs in.

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function};
use cryptoki::error::RvError;

use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::error::Result;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "module.initialize-twice",
            "a second C_Initialize is answered by CKR_CRYPTOKI_ALREADY_INITIALIZED",
            "PKCS#11 3.0, section 5.4.1",
            initialize_twice,
        )
        .not_wrong_for(Level::Full)
        .quick(),
    ]
}

fn initialize_twice(subject: &mut Subject) -> Result<Verdict> {
    subject.alone(|alone| {
        let again = alone.call(Function::Initialize, |pkcs11| {
            pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
        });
        let expected = "CKR_CRYPTOKI_ALREADY_INITIALIZED, and the module works on";
        Ok(match again {
            Err(error) if error.ckr() == Some(RvError::CryptokiAlreadyInitialized) => {
                Verdict::pass()
            }
            Err(error) => Verdict::warn(Finding::of(expected, &error)),
            Ok(()) => Verdict::warn(Finding::new(expected, "CKR_OK").by("C_Initialize")),
        })
    })
}
