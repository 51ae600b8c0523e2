//! Owns faults that are the answer of one function, whatever it was asked.

use misbehaving_module::control::{Control, Inject};
use misbehaving_module::names::Function;

/// The function returns `value` and does nothing.
pub(crate) fn always(control: &mut Control, function: Function, value: &str) {
    let answer = value.parse().unwrap();
    control.inject.push(Inject::before(function, answer));
}

/// As [`always`], in the call with that number only, counted from 1.
pub(crate) fn nth(control: &mut Control, function: Function, number: u64, value: &str) {
    let answer = value.parse().unwrap();
    control
        .inject
        .push(Inject::before(function, answer).nth(number));
}
