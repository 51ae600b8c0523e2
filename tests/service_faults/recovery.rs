//! Sessions, logins and modules that are lost once: what a client notices of it.

use std::thread::sleep;
use std::time::{Duration, Instant};

use misbehaving_module::control::{Alias, Control, Inject, KeyClass};
use misbehaving_module::names::Function;
use parsec_client::core::interface::requests::ResponseStatus;

use crate::client::Client;
use crate::faulty::{Faulty, module_lost};
use crate::keys::{ECDSA, signing, signs};
use crate::process::Service;
use crate::rv::rv;
use crate::token_objects::key_objects;

fn serving() -> (Faulty, Service, Client) {
    let faulty = Faulty::new();
    let service = faulty.installation.start();
    let client = service.client("alice");
    client.generate("key", signing(256, ECDSA)).unwrap();
    signs(&client, "key", 256).unwrap();
    (faulty, service, client)
}

fn objects(faulty: &Faulty) -> usize {
    key_objects(faulty.installation.token()).len()
}

/// Asks until it works, at most so long; until then the token is away.
fn wait_until_it_works(client: &Client, limit: Duration) {
    let begin = Instant::now();
    while let Err(status) = client.random(8) {
        assert_eq!(status, ResponseStatus::PsaErrorHardwareFailure);
        assert!(begin.elapsed() < limit, "{status:?}");
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn keys_are_made_used_and_destroyed_although_sessions_or_login_were_lost() {
    let (faulty, service, client) = serving();
    let orders = [
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
    ];
    for order in orders {
        faulty.order(order.clone());
        client.generate("another", signing(256, ECDSA)).unwrap();
        faulty.order(order.clone());
        signs(&client, "another", 256).unwrap();
        faulty.order(order);
        client.destroy("another").unwrap();
        assert_eq!(objects(&faulty), 2);
    }
    service.stop();
}

#[test]
fn a_session_that_another_request_spoilt_spoils_no_creation_or_destruction() {
    let (faulty, service, client) = serving();
    let spoil = || {
        // The token begins to sign and says that it does not, so the session stays busy.
        let spoilt = Inject::after(Function::C_SignInit, rv("CKR_FUNCTION_FAILED"));
        faulty.order(Control {
            inject: vec![spoilt.times(1)],
            ..faulty.well_behaved()
        });
        let told = client.sign_hash("key", ECDSA, &[7; 32]);
        assert_eq!(told, Err(ResponseStatus::PsaErrorCommunicationFailure));
    };
    spoil();
    client.generate("another", signing(256, ECDSA)).unwrap();
    spoil();
    client.destroy("another").unwrap();
    assert_eq!(objects(&faulty), 2);
    service.stop();
}

#[test]
fn a_module_is_initialised_again_although_that_failed_before() {
    let error = rv("CKR_GENERAL_ERROR");
    for error in [
        Inject::before(Function::C_Finalize, error),
        Inject::before(Function::C_Initialize, error),
        Inject::after(Function::C_Initialize, error),
    ] {
        let (faulty, service, client) = serving();
        faulty.order(Control {
            inject: vec![error.times(1), module_lost()],
            ..faulty.well_behaved()
        });
        wait_until_it_works(&client, Duration::from_secs(5));
        signs(&client, "key", 256).unwrap();
        assert!(faulty.statistics().open_sessions() <= 3);
        service.stop();
        assert_eq!(faulty.statistics().open_sessions(), 0);
    }
}

/// Another identifier is tried only once what the first one left is gone: its mapping alone tells of it.
#[test]
fn a_creation_that_cannot_be_undone_is_not_begun_again() {
    let (faulty, service, client) = serving();
    let refused = Inject::before(Function::C_DestroyObject, rv("CKR_GENERAL_ERROR"));
    faulty.order(Control {
        alias: vec![Alias::new(
            Function::C_GenerateKeyPair,
            KeyClass::PrivateKey,
        )],
        inject: vec![refused],
        ..faulty.well_behaved()
    });
    let status = client.generate("another", signing(256, ECDSA)).unwrap_err();
    assert_eq!(status, ResponseStatus::PsaErrorHardwareFailure);
    assert!(objects(&faulty) > 2);
    faulty.order(faulty.well_behaved());
    wait_until_it_works(&client, Duration::from_secs(4));
    client.generate("another", signing(256, ECDSA)).unwrap();
    signs(&client, "another", 256).unwrap();
    assert_eq!(objects(&faulty), 4);
    service.stop();
}

#[test]
fn an_object_that_the_token_calls_unknown_and_still_holds_is_not_destroyed() {
    let (faulty, service, client) = serving();
    for function in [Function::C_DestroyObject, Function::C_GetAttributeValue] {
        let unknown = Inject::before(function, rv("CKR_OBJECT_HANDLE_INVALID"));
        faulty.order(Control {
            inject: vec![unknown.times(1)],
            ..faulty.well_behaved()
        });
        let told = client.destroy("key");
        assert_eq!(told, Err(ResponseStatus::PsaErrorCommunicationFailure));
        assert_eq!(client.key_names(), ["key"]);
    }
    client.destroy("key").unwrap();
    assert_eq!(objects(&faulty), 0);
    service.stop();
}

#[test]
fn a_key_that_was_made_although_the_token_says_otherwise_is_removed() {
    let (faulty, service, client) = serving();
    for answer in ["CKR_SESSION_HANDLE_INVALID", "CKR_USER_NOT_LOGGED_IN"] {
        faulty.order(Control {
            inject: vec![Inject::after(Function::C_GenerateKeyPair, rv(answer)).times(1)],
            ..faulty.well_behaved()
        });
        assert!(client.generate("another", signing(256, ECDSA)).is_err());
        assert_eq!(objects(&faulty), 2, "{answer}");
        assert_eq!(client.key_names(), ["key"]);
    }
    service.stop();
}

#[test]
fn a_pin_that_was_not_tried_is_not_taken_for_refused() {
    let (faulty, service, client) = serving();
    for function in [Function::C_OpenSession, Function::C_GetSlotList] {
        faulty.order(Control {
            kill_sessions: Some(rv("CKR_DEVICE_REMOVED")),
            inject: vec![Inject::before(function, rv("CKR_PIN_EXPIRED"))],
            ..faulty.well_behaved()
        });
        assert!(client.random(8).is_err());
        faulty.order(faulty.well_behaved());
        wait_until_it_works(&client, Duration::from_secs(1));
    }
    service.stop();
}
