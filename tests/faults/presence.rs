//! A token that goes away and comes back, and a login that somebody ends.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use misbehaving_module::control::{self, Control, Hang, Inject, Visible};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::config::Config;
use parsec_pkcs11_ecc::op::{export, generate, sign};
use parsec_pkcs11_ecc::token::{KeyRef, Token};

use crate::fixture::{ALL_USES, made, new_key};
use crate::openssl;
use crate::rv::rv;
use crate::setup::{Faulty, key_on};
use crate::threads;

/// What hangs takes longer, whatever holds up the machine.
const LONG: Duration = Duration::from_secs(20);

/// Signs until it works, at most for `limit`; every failure must say that the token is away.
fn sign_until_it_works(token: &Token, key: KeyRef, limit: Duration) -> Duration {
    let begin = Instant::now();
    loop {
        match sign::sign(token, key, &[7; 32]) {
            Ok(_) => return begin.elapsed(),
            Err(error) => assert!(
                matches!(
                    error.kind(),
                    ErrorKind::TokenAway | ErrorKind::HardwareFailure
                ),
                "{error:?}"
            ),
        }
        assert!(begin.elapsed() < limit, "the token was not found again");
        sleep(Duration::from_millis(20));
    }
}

fn absent(faulty: &Faulty, visible: Visible) -> Control {
    Control {
        token: control::Token {
            present: false,
            visible,
            ..control::Token::default()
        },
        ..faulty.well_behaved()
    }
}

fn back(faulty: &Faulty, visible: Visible, slot: Option<u64>) -> Control {
    Control {
        token: control::Token {
            visible,
            slot,
            target_slot: slot.map(|_| faulty.softhsm.slot_number()),
            ..control::Token::default()
        },
        ..faulty.well_behaved()
    }
}

#[test]
fn a_token_that_was_pulled_is_found_again() {
    for (visible, slot, limit) in [
        (Visible::AtOnce, None, Duration::from_secs(1)),
        (Visible::AtOnce, Some(4711), Duration::from_secs(1)),
        (Visible::AtInitialize, None, Duration::from_secs(5)),
    ] {
        let faulty = Faulty::new();
        let token = faulty.open();
        let key = key_on(&token);
        let point = export::export_public(&token, made(&key)).unwrap();

        faulty.order(absent(&faulty, visible));
        for _ in 0..5 {
            let error = sign::sign(&token, made(&key), &[7; 32]).unwrap_err();
            assert!(
                matches!(
                    error.kind(),
                    ErrorKind::TokenAway | ErrorKind::HardwareFailure
                ),
                "{error:?}"
            );
        }
        faulty.order(back(&faulty, visible, slot));
        sign_until_it_works(&token, made(&key), limit);

        let signature = sign::sign(&token, made(&key), &[7; 32]).unwrap();
        assert!(openssl::verifies(
            key.curve,
            point.as_bytes(),
            &[7; 32],
            signature.as_bytes()
        ));
        key_on(&token);
        drop(token);
        assert_eq!(faulty.statistics().open_sessions(), 0);
    }
}

/// SoftHSM2 hides a token from a module that is initialised while another process logs in to it.
#[test]
fn a_token_that_was_hidden_for_a_moment_is_found_within_a_second() {
    let faulty = Faulty::new();
    let token = faulty.open();
    let key = key_on(&token);
    faulty.order(absent(&faulty, Visible::AtInitialize));
    sign::sign(&token, made(&key), &[7; 32]).unwrap_err();
    faulty.order(back(&faulty, Visible::AtInitialize, None));
    sign_until_it_works(&token, made(&key), Duration::from_secs(1));
}

#[test]
fn pulled_under_load_no_request_hangs_and_none_is_answered_wrongly() {
    let faulty = Faulty::new();
    let token = faulty.open();
    let key = key_on(&token);
    let point = export::export_public(&token, made(&key)).unwrap();
    let stop = AtomicBool::new(false);
    let slowest = AtomicUsize::new(0);
    let after_return = AtomicUsize::new(0);
    let returned = AtomicBool::new(false);
    let sign = |thread: usize| {
        let digest = [u8::try_from(thread).unwrap(); 32];
        while !stop.load(Ordering::Relaxed) {
            let begin = Instant::now();
            match sign::sign(&token, made(&key), &digest) {
                Ok(signature) => {
                    assert!(openssl::verifies(
                        key.curve,
                        point.as_bytes(),
                        &digest,
                        signature.as_bytes()
                    ));
                    if returned.load(Ordering::Relaxed) {
                        after_return.fetch_add(1, Ordering::Relaxed);
                    }
                }
                Err(error) => assert!(
                    matches!(
                        error.kind(),
                        ErrorKind::TokenAway | ErrorKind::HardwareFailure
                    ),
                    "{error:?}"
                ),
            }
            let millis = usize::try_from(begin.elapsed().as_millis()).unwrap();
            slowest.fetch_max(millis, Ordering::Relaxed);
        }
    };
    let pull = || {
        sleep(Duration::from_millis(500));
        faulty.order(absent(&faulty, Visible::AtOnce));
        sleep(Duration::from_secs(2));
        faulty.order(back(&faulty, Visible::AtOnce, None));
        sleep(Duration::from_secs(1));
        returned.store(true, Ordering::Relaxed);
        let begin = Instant::now();
        while after_return.load(Ordering::Relaxed) < 16 && begin.elapsed() < LONG {
            sleep(Duration::from_millis(10));
        }
        stop.store(true, Ordering::Relaxed);
    };
    threads::run(17, |number| match number {
        16 => pull(),
        _ => sign(number),
    });
    assert!(after_return.into_inner() >= 16);
    assert!(slowest.into_inner() < 10_000);
}

#[test]
fn killed_sessions_and_a_logout_are_not_noticed_by_clients() {
    let faulty = Faulty::new();
    let token = faulty.open();
    let key = key_on(&token);
    for order in [
        Control {
            kill_sessions: Some(rv("CKR_SESSION_HANDLE_INVALID")),
            ..faulty.well_behaved()
        },
        Control {
            kill_sessions: Some(rv("CKR_SESSION_CLOSED")),
            ..faulty.well_behaved()
        },
        Control {
            logout: Some(rv("CKR_USER_NOT_LOGGED_IN")),
            ..faulty.well_behaved()
        },
    ] {
        faulty.order(order);
        sign::sign(&token, made(&key), &[7; 32]).unwrap();
    }
}

/// Some tokens refuse so what they lack, but they never did it before.
#[test]
fn a_failure_to_sign_is_no_lack_where_the_token_signed() {
    let faulty = Faulty::new();
    let token = faulty.open();
    let key = key_on(&token);
    let failing = Control {
        inject: vec![Inject::before(
            Function::C_SignInit,
            rv("CKR_FUNCTION_FAILED"),
        )],
        ..faulty.well_behaved()
    };
    let kind = || {
        let signed = sign::sign(&token, made(&key), &[7; 32]);
        signed.unwrap_err().kind()
    };
    faulty.order(failing.clone());
    assert_eq!(kind(), ErrorKind::NotSupported);
    faulty.order(faulty.well_behaved());
    sign::sign(&token, made(&key), &[7; 32]).unwrap();
    faulty.order(failing);
    assert_eq!(kind(), ErrorKind::CommunicationFailure);
}

#[test]
fn the_module_is_initialised_again_when_it_lost_its_state() {
    let faulty = Faulty::new();
    let token = faulty.open();
    let key = key_on(&token);
    let lost = Inject::before(
        Function::ALL
            .iter()
            .copied()
            .filter(|function| !matches!(function, Function::C_Initialize | Function::C_Finalize))
            .collect::<Vec<_>>(),
        rv("CKR_CRYPTOKI_NOT_INITIALIZED"),
    );
    faulty.order(Control {
        inject: vec![lost.until(Function::C_Initialize)],
        ..faulty.well_behaved()
    });
    sign_until_it_works(&token, made(&key), Duration::from_secs(5));
    assert_eq!(faulty.statistics().calls(Function::C_Initialize), 2);
}

/// SoftHSM2 cannot describe a token whose file another process is writing.
#[test]
fn a_token_that_cannot_be_described_is_looked_at_once_more_at_start() {
    let faulty = Faulty::new();
    faulty.order(Control {
        inject: vec![Inject::before(Function::C_GetTokenInfo, rv("CKR_GENERAL_ERROR")).times(1)],
        ..faulty.well_behaved()
    });
    let token = faulty.open();
    sign::sign(&token, made(&key_on(&token)), &[7; 32]).unwrap();
    assert_eq!(faulty.statistics().calls(Function::C_Initialize), 2);
    drop(token);

    faulty.order(absent(&faulty, Visible::AtOnce));
    let error = Token::open(Config::try_from(faulty.section()).unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(faulty.statistics().calls(Function::C_Initialize), 4);
}

/// By its slot alone it would be taken as it is, and keys be stored without the serial number of their token.
#[test]
fn a_token_in_a_slot_that_cannot_be_described_is_looked_at_once_more_at_start() {
    for (times, serial) in [(Some(1), true), (None, false)] {
        let faulty = Faulty::new();
        let cannot = Inject::before(Function::C_GetTokenInfo, rv("CKR_GENERAL_ERROR"));
        faulty.order(Control {
            inject: vec![match times {
                Some(times) => cannot.times(times),
                None => cannot,
            }],
            ..faulty.well_behaved()
        });
        let token = Token::open(Config::try_from(faulty.section_by_slot()).unwrap()).unwrap();
        sign::sign(&token, made(&key_on(&token)), &[7; 32]).unwrap();
        let known = match serial {
            true => faulty.softhsm.serial(),
            false => "",
        };
        assert_eq!(token.serial(), known);
        assert_eq!(faulty.statistics().calls(Function::C_Initialize), 2);
    }
}

#[test]
fn a_generation_on_a_token_that_went_away_fails_and_the_next_one_works() {
    let faulty = Faulty::new();
    let token = faulty.open();
    faulty.order(absent(&faulty, Visible::AtOnce));
    let key = new_key(parsec_pkcs11_ecc::ec::Curve::Secp256r1, ALL_USES);
    generate::generate(&token, &key).unwrap_err();
    faulty.order(back(&faulty, Visible::AtOnce, None));
    sleep(Duration::from_millis(300));
    generate::generate(&token, &key).unwrap();
    sign::sign(&token, made(&key), &[7; 32]).unwrap();
}

#[test]
fn a_call_that_hangs_holds_up_nobody_for_long() {
    let faulty = Faulty::new();
    let token = faulty.open();
    let key = key_on(&token);
    faulty.order(Control {
        hang: vec![Hang::new(Function::C_Sign).times(1)],
        ..faulty.well_behaved()
    });
    std::thread::scope(|scope| {
        let hanging = scope.spawn(|| sign::sign(&token, made(&key), &[7; 32]));
        while faulty.statistics().hanging() == 0 {
            std::thread::yield_now();
        }
        // Others go on; and once the token fails for them, they wait for the hanging call only once.
        sign::sign(&token, made(&key), &[7; 32]).unwrap();
        faulty.order(Control {
            hang: vec![Hang::new(Function::C_Sign)],
            ..absent(&faulty, Visible::AtOnce)
        });
        let begin = Instant::now();
        for _ in 0..20 {
            sign::sign(&token, made(&key), &[7; 32]).unwrap_err();
        }
        assert!(begin.elapsed() < LONG);
        faulty.order(back(&faulty, Visible::AtOnce, None));
        let _ = hanging.join().unwrap();
        sign_until_it_works(&token, made(&key), Duration::from_secs(2));
    });
}
