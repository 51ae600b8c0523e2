//! A token that is pulled out while 16 clients work, and plugged in again.

use std::env;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use misbehaving_module::control::{self, Control, Visible};
use parsec_client::core::interface::operations::psa_algorithm::Hash;
use parsec_client::core::interface::requests::ResponseStatus;

use crate::client::{Answer, Client};
use crate::faulty::Faulty;
use crate::keys::{ECDSA, signing, signs};
use crate::openssl::{digest, verifies};
use crate::token_objects::key_objects;

const CLIENTS: usize = 16;
const BITS: usize = 256;
const STANDING: &str = "standing";

/// The longest that any request may take.
const LIMIT: Duration = Duration::from_secs(5);

/// How long a client waits after a failure.
const PAUSE: Duration = Duration::from_millis(10);

/// How often the token is pulled: `SOAK_PULLS`, else once.
fn pulls() -> usize {
    env::var("SOAK_PULLS").map_or(1, |pulls| pulls.parse().unwrap())
}

/// What one client met.
#[derive(Default)]
struct Met {
    /// When requests began that failed, and when others succeeded.
    failures: Vec<Instant>,
    successes: Vec<Instant>,
    /// Keys whose creation failed, and whose destruction failed.
    not_made: Vec<String>,
    not_destroyed: Vec<String>,
}

impl Met {
    /// Takes an answer: a success, or that the token is away.
    fn take<T>(&mut self, ask: impl FnOnce() -> Answer<T>) -> Option<T> {
        let begin = Instant::now();
        let answer = ask();
        let end = Instant::now();
        assert!(end - begin < LIMIT, "{:?}", end - begin);
        match answer {
            Ok(value) => {
                self.successes.push(end);
                Some(value)
            }
            Err(status) => {
                assert_eq!(status, ResponseStatus::PsaErrorHardwareFailure);
                self.failures.push(begin);
                // All who ask at once again take the processors from the service, which is to come back in time.
                sleep(PAUSE);
                None
            }
        }
    }
}

/// Makes, uses and destroys keys until it is told to stop.
fn work(client: &Client, point: &[u8], round: &str, stop: &AtomicBool) -> Met {
    let mut met = Met::default();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let name = format!("{round}-{number}");
        let digest = digest(Hash::Sha256, name.as_bytes());
        if let Some(signature) = met.take(|| client.sign_hash(STANDING, ECDSA, &digest)) {
            assert!(verifies(BITS, point, &digest, &signature));
            met.take(|| client.verify_hash(STANDING, ECDSA, &digest, &signature));
        }
        if met
            .take(|| client.generate(&name, signing(BITS, ECDSA)))
            .is_none()
        {
            met.not_made.push(name);
            continue;
        }
        met.take(|| client.sign_hash(&name, ECDSA, &digest));
        if met.take(|| client.destroy(&name)).is_none() {
            met.not_destroyed.push(name);
        }
    }
    met
}

/// Pulls the token for two seconds under load and looks what became of everything.
fn pull(faulty: &Faulty, clients: &[Client], how: &control::Token, limit: Duration, round: &str) {
    let stop = AtomicBool::new(false);
    let order = |token: control::Token| {
        faulty.order(Control {
            token,
            ..faulty.well_behaved()
        });
        Instant::now()
    };
    let points = clients.iter().map(|client| {
        let point = client.export_public(STANDING).unwrap();
        (client, point)
    });
    let points: Vec<_> = points.collect();
    let (returned, met) = thread::scope(|scope| {
        let working: Vec<_> = points
            .iter()
            .map(|(client, point)| scope.spawn(|| work(client, point, round, &stop)))
            .collect();
        sleep(Duration::from_millis(500));
        order(control::Token {
            present: false,
            visible: how.visible,
            ..control::Token::default()
        });
        sleep(Duration::from_secs(2));
        let returned = order(how.clone());
        sleep(limit + Duration::from_millis(500));
        stop.store(true, Ordering::Relaxed);
        let met: Vec<Met> = working
            .into_iter()
            .map(|client| client.join().unwrap())
            .collect();
        (returned, met)
    });
    for met in &met {
        let last = *met.failures.iter().max().unwrap();
        assert!(last < returned + limit, "{:?}", last - returned);
        assert!(*met.successes.iter().max().unwrap() > returned);
    }
    let answered = met.iter().flat_map(|met| &met.successes);
    let back = answered.filter(|time| **time > returned).min().unwrap();
    let requests: usize = met
        .iter()
        .map(|met| met.successes.len() + met.failures.len())
        .sum();
    eprintln!("back after {:?}, {requests} requests", *back - returned);
    check_keys(faulty, clients, &met);
}

/// A creation that failed leaves nothing; a destruction that failed can be made up for.
fn check_keys(faulty: &Faulty, clients: &[Client], met: &[Met]) {
    for (client, met) in clients.iter().zip(met) {
        for name in client.key_names() {
            if name != STANDING {
                assert!(met.not_destroyed.contains(&name), "{name}");
                client.destroy(&name).unwrap();
            }
        }
    }
    // What could not be undone while the token was away is undone after requests that succeed.
    let objects = || key_objects(faulty.installation.token()).len();
    let deadline = Instant::now() + Duration::from_secs(3);
    while objects() > 2 * CLIENTS {
        assert!(Instant::now() < deadline, "{} objects", objects());
        clients[0].random(1).unwrap();
    }
    for (client, met) in clients.iter().zip(met) {
        for name in met.not_made.iter().chain(&met.not_destroyed).take(1) {
            client.generate(name, signing(BITS, ECDSA)).unwrap();
            signs(client, name, BITS).unwrap();
            client.destroy(name).unwrap();
        }
        signs(client, STANDING, BITS).unwrap();
    }
    assert_eq!(objects(), 2 * CLIENTS);
}

fn pulled_under_load(visible: Visible, slot: Option<u64>, limit: Duration) {
    let faulty = Faulty::new();
    let service = faulty.installation.start();
    let clients: Vec<Client> = (0..CLIENTS)
        .map(|number| service.client(&format!("client-{number}")))
        .collect();
    for client in &clients {
        client.generate(STANDING, signing(BITS, ECDSA)).unwrap();
    }
    for round in 0..pulls() {
        // Where it comes back elsewhere, it comes back each time elsewhere.
        let slot = slot.map(|slot| slot + u64::try_from(round).unwrap());
        let how = control::Token {
            visible,
            slot,
            target_slot: slot.map(|_| faulty.installation.token().slot_number()),
            ..control::Token::default()
        };
        pull(&faulty, &clients, &how, limit, &round.to_string());
    }
    // The process is the one that was started.
    let log = service.stop();
    assert_eq!(log.matches("] ready\n").count(), 1);
    assert!(!log.contains("panicked"), "{log}");
    assert_eq!(faulty.statistics().open_sessions(), 0);
}

#[test]
fn a_token_that_can_be_seen_at_once_is_back_within_a_second() {
    pulled_under_load(Visible::AtOnce, None, Duration::from_secs(1));
}

#[test]
fn a_token_in_another_slot_is_back_within_a_second() {
    pulled_under_load(Visible::AtOnce, Some(4711), Duration::from_secs(1));
}

#[test]
fn a_token_that_only_initialisation_shows_is_back_within_five_seconds() {
    pulled_under_load(Visible::AtInitialize, None, Duration::from_secs(5));
}
