//! Calls to the token that do not return.

use std::thread;
use std::time::{Duration, Instant};

use misbehaving_module::control::{Control, Hang, Inject};
use misbehaving_module::names::Function;
use parsec_client::core::interface::operations::psa_generate_random;
use parsec_client::core::interface::requests::{ProviderId, ResponseStatus};
use parsec_client::error::Error;

use crate::client::Client;
use crate::faulty::Faulty;
use crate::keys::{ECDSA, signing, signs};
use crate::rv::rv;

/// The exit code that asks to be started again.
const START_AGAIN: i32 = 75;

/// An installation in which a call may take 300 ms.
fn impatient(max_sessions: usize) -> Faulty {
    let mut faulty = Faulty::new();
    faulty.installation.provider.extend([
        ("max_sessions", max_sessions.to_string()),
        ("call_timeout", "300".to_owned()),
        ("session_timeout", "500".to_owned()),
    ]);
    faulty
}

/// The order to hang, and to let all sessions fail with `killed`.
fn hang(faulty: &Faulty, hang: Hang, killed: Option<&str>) {
    faulty.order(Control {
        hang: vec![hang],
        kill_sessions: killed.map(rv),
        ..faulty.well_behaved()
    });
}

/// Random bytes from the token: one PKCS#11 call.
fn random(client: &Client) -> Result<(), Error> {
    let operation = psa_generate_random::Operation { size: 16 };
    client
        .send(ProviderId::Pkcs11, operation.into())
        .map(|_| ())
}

fn is_cut_off(answer: &Result<(), Error>) -> bool {
    matches!(answer, Err(Error::Client(_)))
}

#[test]
fn one_costs_its_session_and_nothing_else() {
    let mut faulty = impatient(2);
    // Not so soon that a call which the machine holds up is taken for another one that hangs.
    let provider = &mut faulty.installation.provider;
    provider.insert("call_timeout", "3000".to_owned());
    let service = faulty.installation.start();
    let clients = [(); 2].map(|()| service.client("alice"));
    clients[0].generate("key", signing(256, ECDSA)).unwrap();
    hang(
        &faulty,
        Hang::new(Function::C_GenerateRandom).times(1),
        None,
    );
    thread::scope(|scope| {
        let hangs = scope.spawn(|| random(&clients[0]));
        service.wait_for_log("C_GenerateRandom has not returned for 3000 ms", 1);
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(3) {
            signs(&clients[1], "key", 256).unwrap();
            random(&clients[1]).unwrap();
        }
        assert!(!hangs.is_finished());
        faulty.order(faulty.well_behaved());
        hangs.join().unwrap().unwrap();
    });
    let log = service.stop();
    assert_eq!(log.matches("has not returned").count(), 1, "{log}");
}

/// Calls hang until the service gives up; then it starts again and the key is there.
fn gives_up(faulty: &Faulty, function: Function, killed: Option<&str>) {
    let service = faulty.installation.start();
    let client = service.client("alice");
    client.generate("key", signing(256, ECDSA)).unwrap();
    hang(faulty, Hang::new(function), killed);
    let clients = [(); 3].map(|()| service.client("alice"));
    let answers = thread::scope(|scope| {
        let asked = clients
            .each_ref()
            .map(|client| scope.spawn(|| random(client)));
        let failure = service.end();
        failure.is(
            START_AGAIN,
            &["has not returned for 300 ms", "exit code 75"],
        );
        asked.map(|thread| thread.join().unwrap())
    });
    // Whose call hung is cut off. Who found no session was told so, and who was quick was served.
    assert!(answers.iter().any(is_cut_off));
    let unclear = Err(ResponseStatus::PsaErrorGenericError);
    for answer in answers {
        let status = answer.or_else(|error| match error {
            Error::Service(status) => Err(status),
            Error::Client(_) => Ok(()),
        });
        assert_ne!(status, unclear);
    }
    faulty.order(faulty.well_behaved());
    let service = faulty.installation.start();
    signs(&service.client("alice"), "key", 256).unwrap();
    service.stop();
}

#[test]
fn the_service_gives_up_when_no_session_is_left() {
    gives_up(&impatient(2), Function::C_GenerateRandom, None);
}

/// It has fewer than it says, and both that it has are in calls that do not return.
#[test]
fn the_service_gives_up_when_the_token_refuses_another_session() {
    let faulty = impatient(8);
    let service = faulty.installation.start();
    let clients = [(); 3].map(|()| service.client("alice"));
    let hanging = Hang::new(Function::C_GenerateRandom);
    hang(&faulty, hanging.clone(), None);
    thread::scope(|scope| {
        let hangs = [0, 1].map(|client: usize| {
            let client = &clients[client];
            scope.spawn(|| random(client))
        });
        service.wait_for_log("has not returned for 300 ms", 2);
        faulty.order(Control {
            hang: vec![hanging],
            inject: vec![Inject::before(
                Function::C_OpenSession,
                rv("CKR_SESSION_COUNT"),
            )],
            ..faulty.well_behaved()
        });
        random(&clients[2]).unwrap_err();
        service.end().is(START_AGAIN, &["exit code 75"]);
        for hangs in hangs {
            assert!(is_cut_off(&hangs.join().unwrap()));
        }
    });
}

#[test]
fn a_start_that_does_not_come_to_its_end_is_given_up() {
    let faulty = impatient(8);
    hang(&faulty, Hang::new(Function::C_Login), None);
    faulty
        .installation
        .fail()
        .is(START_AGAIN, &["does not return", "exit code 75"]);
}

#[test]
fn the_service_gives_up_when_no_thread_is_left() {
    let mut faulty = impatient(8);
    let threads = ("thread_pool_size", "2".to_owned());
    faulty.installation.core_settings.extend([threads]);
    gives_up(&faulty, Function::C_GenerateRandom, None);
}

#[test]
fn the_service_gives_up_when_the_token_cannot_be_looked_for() {
    let killed = Some("CKR_SESSION_HANDLE_INVALID");
    gives_up(&impatient(4), Function::C_GetSlotList, killed);
}

#[test]
fn the_service_gives_up_when_a_call_holds_up_the_way_back() {
    let faulty = impatient(4);
    let service = faulty.installation.start();
    let clients = [(); 2].map(|()| service.client("alice"));
    hang(
        &faulty,
        Hang::new(Function::C_GenerateRandom).times(1),
        None,
    );
    let failure = thread::scope(|scope| {
        let hangs = scope.spawn(|| random(&clients[0]));
        service.wait_for_log("C_GenerateRandom has not returned", 1);
        // It keeps its session, so all others are closed in vain.
        let stays = Hang::new(Function::C_GenerateRandom);
        hang(&faulty, stays, Some("CKR_DEVICE_REMOVED"));
        let failed = clients[1].try_generate("key", signing(256, ECDSA));
        assert!(failed.is_err());
        let failure = service.end();
        assert!(is_cut_off(&hangs.join().unwrap()));
        failure
    });
    failure.is(START_AGAIN, &["The token failed and is looked for"]);
}

#[test]
fn the_service_gives_up_when_all_threads_wait_for_a_creation() {
    let mut faulty = impatient(8);
    let threads = ("thread_pool_size", "3".to_owned());
    faulty.installation.core_settings.extend([threads]);
    let service = faulty.installation.start();
    hang(&faulty, Hang::new(Function::C_GenerateKeyPair), None);
    let clients = [(); 3].map(|()| service.client("alice"));
    thread::scope(|scope| {
        // One is in the call; the others wait for the name that it holds.
        for client in &clients {
            scope.spawn(|| client.try_generate("key", signing(256, ECDSA)));
        }
        let reason = "C_GenerateKeyPair has not returned";
        service.end().is(START_AGAIN, &[reason]);
    });
}

#[test]
fn a_service_that_is_to_stop_does_not_wait_for_it() {
    for signal in ["TERM", "HUP"] {
        let faulty = impatient(4);
        let service = faulty.installation.start();
        let client = service.client("alice");
        hang(&faulty, Hang::new(Function::C_GenerateRandom), None);
        thread::scope(|scope| {
            let hangs = scope.spawn(|| random(&client));
            service.wait_for_log("C_GenerateRandom has not returned", 1);
            service.signal(signal);
            service.end().is(START_AGAIN, &["exit code 75"]);
            assert!(is_cut_off(&hangs.join().unwrap()));
        });
    }
}

/// Neither the end of the old token nor the beginning of the new one holds up a service for good.
#[test]
fn a_service_between_two_tokens_does_not_wait_for_it() {
    let ends = |function, signal| {
        let faulty = impatient(4);
        let service = faulty.installation.start();
        random(&service.client("alice")).unwrap();
        hang(&faulty, Hang::new(function), None);
        service.signal(signal);
        service.end().is(START_AGAIN, &["exit code 75"]);
    };
    thread::scope(|scope| {
        scope.spawn(|| ends(Function::C_Finalize, "TERM"));
        scope.spawn(|| ends(Function::C_Finalize, "HUP"));
        scope.spawn(|| ends(Function::C_CloseSession, "HUP"));
        scope.spawn(|| ends(Function::C_Initialize, "HUP"));
        scope.spawn(|| ends(Function::C_Login, "HUP"));
    });
}

#[test]
fn a_creation_that_hangs_is_undone_at_the_next_start() {
    let faulty = impatient(1);
    let service = faulty.installation.start();
    let client = service.client("alice");
    hang(&faulty, Hang::new(Function::C_GenerateKeyPair), None);
    assert!(is_cut_off(&client.try_generate("key", signing(256, ECDSA))));
    service
        .end()
        .is(START_AGAIN, &["C_GenerateKeyPair has not returned"]);
    faulty.order(faulty.well_behaved());
    let service = faulty.installation.start();
    let client = service.client("alice");
    assert_eq!(client.key_names(), [""; 0]);
    client.generate("key", signing(256, ECDSA)).unwrap();
    signs(&client, "key", 256).unwrap();
    service.stop();
}
