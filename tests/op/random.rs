//! Tests of `op::random`.

use parsec_pkcs11_ecc::op::random;

use crate::access;

#[test]
fn gives_as_many_bytes_as_asked_for_and_others_each_time() {
    let token = access().open();
    for length in [0, 1, 32, 4095, 4096, 4097, 100_000] {
        assert_eq!(random::random(&token, length).unwrap().len(), length);
    }
    let first = random::random(&token, 32).unwrap();
    let second = random::random(&token, 32).unwrap();
    assert!(*first != *second);
}
