//! Owns the target of sequences of operations: each answer is the one that the model expects.

#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc_fuzz::place::Place;
use parsec_pkcs11_ecc_fuzz::sequence::{self, Sequence};

thread_local!(static PLACE: RefCell<Option<Place>> = const { RefCell::new(None) });

fuzz_target!(|input: Sequence| {
    PLACE.with_borrow_mut(|place| sequence::run(place.get_or_insert_with(Place::new), &input));
});
