//! Faults of slots.

use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::check::Outcome;

use crate::answer::{always, nth};
use crate::fault::is_caught;

#[test]
fn a_slot_that_is_listed_only_while_it_has_a_token() {
    is_caught("slot.list", Outcome::Fail, |control| {
        // Two calls look for the token, and two ask for all slots.
        for number in [3, 4] {
            nth(control, Function::C_GetSlotList, number, "CKR_OK");
        }
    });
}

#[test]
fn a_slot_that_looks_empty() {
    is_caught("slot.info", Outcome::Warn, |control| {
        always(control, Function::C_GetSlotInfo, "CKR_OK");
    });
}

#[test]
fn a_slot_that_does_not_exist_is_described() {
    is_caught("slot.unknown", Outcome::Fail, |control| {
        always(control, Function::C_GetSlotInfo, "CKR_OK");
    });
}
