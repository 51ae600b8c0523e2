//! Owns the suite `module`: the library itself, before anybody logs in.

mod functions;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::{Error as CryptokiError, RvError};

use super::padded;
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::refusal::Refusal;
use crate::check::subject::Subject;
use crate::error::{Error, Result};

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "module.version",
            "C_GetInfo tells the version of PKCS#11: 2.x or 3.x",
            "PKCS#11 3.0, section 3.1",
            version,
        )
        .quick(),
        Case::new(
            "module.texts",
            "the texts of C_GetInfo are UTF-8, padded with blanks",
            "PKCS#11 3.0, section 3.1",
            texts,
        )
        .quick(),
        Case::new(
            "module.functions",
            "C_GetFunctionList has an entry for every function",
            "PKCS#11 3.0, section 5.4.4",
            functions::look,
        )
        .not_wrong_for(Level::Minimum)
        .quick(),
        Case::new(
            "module.initialize-twice",
            "a second C_Initialize is answered by CKR_CRYPTOKI_ALREADY_INITIALIZED",
            "PKCS#11 3.0, section 5.4.1",
            initialize_twice,
        )
        .not_wrong_for(Level::Full)
        .quick(),
        Case::new(
            "module.finalized",
            "after C_Finalize, functions answer CKR_CRYPTOKI_NOT_INITIALIZED",
            "PKCS#11 3.0, section 5.4.2",
            finalized,
        )
        .quick(),
        Case::new(
            "module.initialize-again",
            "the module works again after C_Finalize and C_Initialize",
            "PKCS#11 3.0, sections 5.4.1 and 5.4.2",
            initialize_again,
        )
        .works_for(Level::Full)
        .quick(),
    ]
}

fn version(subject: &mut Subject) -> Result<Verdict> {
    let session = subject.bench()?.session();
    let info = session.ask(Function::GetInfo, |pkcs11, _| pkcs11.get_library_info())?;
    let version = info.cryptoki_version();
    let verdict = match version.major() {
        2 | 3 => Verdict::pass(),
        _ => Verdict::warn(
            Finding::new("version 2.x or 3.x of PKCS#11", version.to_string())
                .by("C_GetInfo")
                .remedy("fill cryptokiVersion; Parsec does not go by it"),
        ),
    };
    Ok(verdict.note(format!(
        "version {version} of PKCS#11, version {} of the library",
        info.library_version()
    )))
}

fn texts(subject: &mut Subject) -> Result<Verdict> {
    let session = subject.bench()?.session();
    let info = session.ask(Function::GetInfo, |pkcs11, _| pkcs11.get_library_info())?;
    let fields = [
        ("manufacturerID", info.manufacturer_id()),
        ("libraryDescription", info.library_description()),
    ];
    Ok(padded::look(&fields, "C_GetInfo"))
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

fn finalized(subject: &mut Subject) -> Result<Verdict> {
    type Ask = fn(&Pkcs11) -> std::result::Result<(), CryptokiError>;
    let calls: [(Function, &'static str, Ask); 2] = [
        (Function::GetInfo, "C_GetInfo", |pkcs11| {
            pkcs11.get_library_info().map(|_| ())
        }),
        (Function::GetSlotList, "C_GetSlotList", |pkcs11| {
            pkcs11.get_all_slots().map(|_| ())
        }),
    ];
    subject.alone(|alone| {
        alone.call(Function::Finalize, |pkcs11| pkcs11.clone().finalize())?;
        let mut verdict = Verdict::pass();
        for (function, name, ask) in calls {
            let refusal = Refusal {
                call: name,
                named: &[RvError::CryptokiNotInitialized],
            };
            let judged = refusal.judge(alone.call(function, ask))?;
            // An answer to a question that needs no token does no harm.
            for finding in judged.findings {
                verdict = verdict.with_warning(finding);
            }
        }
        Ok(verdict)
    })
}

fn initialize_again(subject: &mut Subject) -> Result<Verdict> {
    let in_the_same_slot = subject.alone(|alone| {
        alone.call(Function::Finalize, |pkcs11| pkcs11.clone().finalize())?;
        alone.reinitialize()?;
        Ok(alone.open_session().map(|_| ()))
    })?;
    let Err(error) = in_the_same_slot else {
        // The provider finds its token and logs in, in the same process.
        return subject.token().map(|_| Verdict::pass());
    };
    let expected = "a session with the token in the slot where it was";
    match subject.token() {
        Ok(_) => Ok(Verdict::warn(Finding::of(expected, &error).remedy(
            "keep the numbers of slots over C_Finalize: a token that is chosen by slot_number alone is lost; choose \
             it by serial_number",
        ))),
        Err(again) => Ok(Verdict::fail(stays_away(expected, &again))),
    }
}

fn stays_away(expected: &str, error: &Error) -> Finding {
    Finding::of(expected, error).remedy(
        "let the module be initialised again in one process: Parsec recovers so when a token failed or was \
         replugged, and without it the service has to be restarted",
    )
}
