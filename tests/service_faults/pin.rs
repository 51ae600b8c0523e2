//! A PIN that is changed, counted or locked on the token while the service runs, or before it starts.

use std::thread::{self, sleep};
use std::time::Duration;

use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use misbehaving_module::control::{Control, Inject};
use misbehaving_module::names::{Function, PinFlag};
use parsec_client::core::interface::requests::ResponseStatus;
use softhsm_test::Token;

use crate::client::Client;
use crate::faulty::{Faulty, module_lost};
use crate::fixture::quoted;
use crate::keys::{ECDSA, signing, signs};
use crate::process::PIN_REFUSED;
use crate::rv::rv;

const NEW_PIN: &str = "a-new-pin-5208";

/// A token that is away is looked for four times a second, and the module is initialised every other.
const SHORT: Duration = Duration::from_millis(600);
const LONG: Duration = Duration::from_secs(3);

/// Changes the user PIN; this process is another one than the service.
fn change_pin(token: &Token) {
    let pkcs11 = softhsm_test::pkcs11().unwrap();
    let slot = token.slot(&pkcs11).unwrap();
    let session = pkcs11.open_rw_session(slot).unwrap();
    session
        .login(UserType::User, Some(&token.auth_pin()))
        .unwrap();
    let new = AuthPin::new(NEW_PIN.into());
    session.set_pin(&token.auth_pin(), &new).unwrap();
}

fn flags(names: &[&str]) -> Option<Vec<PinFlag>> {
    let flags = names.iter().map(|name| name.parse().unwrap());
    Some(flags.collect())
}

/// Asks so often in so long a time, and is told each time that it is not permitted; gives the number of
/// logins meanwhile.
fn refused(faulty: &Faulty, client: &Client, requests: u32, time: Duration) -> u64 {
    let before = faulty.calls(Function::C_Login);
    for number in 0..requests {
        let answers = [
            client.random(8).map(|_| ()),
            client.sign_hash("key", ECDSA, &[7; 32]).map(|_| ()),
            client.generate("another", signing(256, ECDSA)),
            client.destroy("key"),
        ];
        let answer = answers[usize::try_from(number).unwrap() % answers.len()];
        assert_eq!(answer, Err(ResponseStatus::PsaErrorNotPermitted));
        sleep(time / requests);
    }
    faulty.calls(Function::C_Login) - before
}

#[test]
fn a_pin_that_was_changed_is_tried_once_until_the_right_one_is_configured() {
    let mut faulty = Faulty::new();
    let service = faulty.installation.start();
    let client = service.client("alice");
    client.generate("key", signing(256, ECDSA)).unwrap();

    change_pin(faulty.installation.token());
    // The login stands, and with it the service.
    signs(&client, "key", 256).unwrap();
    assert_eq!(faulty.calls(Function::C_Login), 1);

    // SoftHSM2 reads the new PIN when it is initialised.
    faulty.order(Control {
        inject: vec![module_lost()],
        ..faulty.well_behaved()
    });
    // However many clients meet that at once.
    thread::scope(|scope| {
        for _ in 0..16 {
            let client = service.client("alice");
            scope.spawn(move || assert!(client.sign_hash("key", ECDSA, &[7; 32]).is_err()));
        }
    });
    assert_eq!(faulty.calls(Function::C_Login), 2);
    assert_eq!(refused(&faulty, &client, 100, LONG), 0);

    // A reload with the same PIN would be another try.
    service.signal("HUP");
    service.wait_for_log("the token refused this PIN", 1);
    assert_eq!(refused(&faulty, &client, 4, SHORT), 0);

    let provider = &mut faulty.installation.provider;
    provider.insert("user_pin", quoted(NEW_PIN));
    let installation = &faulty.installation;
    installation.write_config(&installation.config());
    service.signal("HUP");
    service.wait_for_log("] ready\n", 3);
    signs(&client, "key", 256).unwrap();
    assert_eq!(client.key_names(), ["key"]);
    assert_eq!(faulty.calls(Function::C_Login), 3);
    let log = service.stop();
    assert_eq!(log.matches("refused the user PIN").count(), 1, "{log}");
    assert!(!log.contains(NEW_PIN));
}

#[test]
fn a_reload_with_the_pin_that_was_changed_tries_it_once_and_ends_the_service() {
    let faulty = Faulty::new();
    let service = faulty.installation.start();
    change_pin(faulty.installation.token());
    service.signal("HUP");
    service.end().is(PIN_REFUSED, &["refused the user PIN"]);
    assert_eq!(faulty.calls(Function::C_Login), 2);
}

#[test]
fn a_start_tries_no_pin_that_a_refusal_would_lock() {
    const LOW: &str = "CKF_USER_PIN_COUNT_LOW";
    const FINAL: &str = "CKF_USER_PIN_FINAL_TRY";
    const LOCKED: &str = "CKF_USER_PIN_LOCKED";

    for (names, allowed, tried) in [
        (&[LOW][..], false, true),
        (&[LOW, FINAL], false, false),
        (&[FINAL], false, false),
        (&[FINAL], true, true),
        (&[LOCKED], false, false),
        (&[LOCKED], true, false),
        (&[LOW, FINAL, LOCKED], true, false),
    ] {
        let mut faulty = Faulty::new();
        faulty.order(Control {
            pin_flags: flags(names),
            ..faulty.well_behaved()
        });
        let provider = &mut faulty.installation.provider;
        provider.insert("allow_final_pin_try", allowed.to_string());
        match tried {
            true => drop(faulty.installation.start().stop()),
            false => faulty.installation.fail().is(PIN_REFUSED, &["not tried"]),
        }
        let tries = faulty.calls(Function::C_Login);
        assert_eq!(tries, u64::from(tried), "{names:?}, {allowed}");
    }
}

#[test]
fn at_run_time_no_pin_is_tried_that_a_refusal_would_lock() {
    for name in ["CKF_USER_PIN_FINAL_TRY", "CKF_USER_PIN_LOCKED"] {
        let faulty = Faulty::new();
        let service = faulty.installation.start();
        let client = service.client("alice");
        client.generate("key", signing(256, ECDSA)).unwrap();
        faulty.order(Control {
            kill_sessions: Some(rv("CKR_DEVICE_REMOVED")),
            pin_flags: flags(&[name]),
            ..faulty.well_behaved()
        });
        assert_eq!(refused(&faulty, &client, 20, SHORT), 0, "{name}");

        // Somebody gives the PIN new tries, and tells the service.
        faulty.order(faulty.well_behaved());
        assert_eq!(refused(&faulty, &client, 4, SHORT), 0, "{name}");
        service.signal("HUP");
        service.wait_for_log("] ready\n", 2);
        signs(&client, "key", 256).unwrap();
        assert_eq!(faulty.calls(Function::C_Login), 2);
        let log = service.stop();
        assert!(log.contains("not tried"), "{log}");
    }
}

#[test]
fn at_run_time_a_pin_with_few_tries_left_is_tried_once() {
    for (right, logins) in [(true, 1), (false, 1)] {
        let faulty = Faulty::new();
        let service = faulty.installation.start();
        let client = service.client("alice");
        client.generate("key", signing(256, ECDSA)).unwrap();
        let refusal = Inject::before(Function::C_Login, rv("CKR_PIN_INCORRECT"));
        let before = faulty.calls(Function::C_Login);
        faulty.order(Control {
            kill_sessions: Some(rv("CKR_DEVICE_REMOVED")),
            pin_flags: flags(&["CKF_USER_PIN_COUNT_LOW"]),
            inject: (!right).then_some(refusal).into_iter().collect(),
            ..faulty.well_behaved()
        });
        if right {
            for _ in 0..20 {
                signs(&client, "key", 256).unwrap();
            }
        } else {
            assert!(client.random(8).is_err());
            assert_eq!(refused(&faulty, &client, 20, SHORT), 0);
        }
        assert_eq!(faulty.calls(Function::C_Login) - before, logins);
        service.stop();
    }
}
