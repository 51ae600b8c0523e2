//! Faults of the library.

use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::check::Outcome;

use crate::answer::{always, nth};
use crate::fault::is_caught;

/// The token is opened by the first C_Initialize, and the module alone by the second one.
const FIRST_OF_THE_CASE: u64 = 3;

#[test]
fn a_version_that_was_not_filled_in() {
    is_caught("module.version", Outcome::Warn, |control| {
        always(control, Function::C_GetInfo, "CKR_OK");
    });
}

#[test]
fn a_second_initialisation_that_is_taken() {
    is_caught("module.initialize-twice", Outcome::Warn, |control| {
        nth(control, Function::C_Initialize, FIRST_OF_THE_CASE, "CKR_OK");
    });
}

#[test]
fn an_answer_after_the_end() {
    let case = is_caught("module.finalized", Outcome::Warn, |control| {
        always(control, Function::C_GetInfo, "CKR_OK");
    });
    assert_eq!(case.findings[0].call.as_deref(), Some("C_GetInfo"));
}

#[test]
fn a_module_that_is_initialised_once_only() {
    let case = is_caught("module.initialize-again", Outcome::Fail, |control| {
        nth(
            control,
            Function::C_Initialize,
            FIRST_OF_THE_CASE,
            "CKR_GENERAL_ERROR",
        );
    });
    assert_eq!(case.findings[0].value.as_deref(), Some("CKR_GENERAL_ERROR"));
}
