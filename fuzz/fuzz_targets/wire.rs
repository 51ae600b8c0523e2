//! Owns the target of the wire: whatever bytes come, the whole service answers, and loses nothing.

#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc_fuzz::place::Place;
use parsec_pkcs11_ecc_fuzz::wire;

thread_local!(static PLACE: RefCell<Option<Place>> = const { RefCell::new(None) });

fuzz_target!(|input: &[u8]| {
    PLACE.with_borrow_mut(|place| wire::run(place.get_or_insert_with(Place::new), input));
});
