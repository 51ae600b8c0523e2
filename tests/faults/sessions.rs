//! The number of sessions that a token has.

use std::thread::sleep;
use std::time::{Duration, Instant};

use misbehaving_module::control::{Control, Inject};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::op::sign;

use crate::fixture::made;
use crate::rv::rv;
use crate::setup::{Faulty, key_on};
use crate::threads;

/// Other programs may have had them all for a moment.
#[test]
fn a_session_that_was_refused_once_is_opened_later() {
    let faulty = Faulty::new();
    let token = faulty.open();
    let all = token.session_limit();
    assert!(all > 1);
    let refused = Inject::before(Function::C_OpenSession, rv("CKR_SESSION_COUNT"));
    faulty.order(Control {
        inject: vec![refused.times(1)],
        ..faulty.well_behaved()
    });
    let key = key_on(&token);
    assert_eq!(token.session_limit(), 1);

    let begin = Instant::now();
    while token.session_limit() < all {
        assert!(begin.elapsed() < Duration::from_secs(30));
        threads::run(4, |_| {
            for _ in 0..50 {
                sign::sign(&token, made(&key), &[7; 32]).unwrap();
            }
        });
        sleep(Duration::from_millis(100));
    }
    assert!(
        begin.elapsed() > Duration::from_secs(4),
        "it counts for a while"
    );
    sign::sign(&token, made(&key), &[7; 32]).unwrap();
}
