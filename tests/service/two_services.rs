//! Two services on one token, one of them killed again and again: neither loses a key of its own nor
//! removes one of the other.
//!
//! SoftHSM2 now and then fails a request when two processes use it at once. A client that is told so is
//! told the truth; what it was told to have must be there.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use parsec_client::core::interface::operations::psa_algorithm::Hash;
use parsec_client::core::interface::operations::psa_sign_hash;
use parsec_client::core::interface::requests::ProviderId;
use parsec_client::error::Error;

use crate::client::Client;
use crate::fixture::{Installation, Manager, quoted};
use crate::keys::{ECDSA, signing, signs};
use crate::openssl;
use crate::process::Service;
use crate::token_objects::key_objects;

const WORKERS: usize = 2;
/// A worker with more keys destroys some.
const MOST_KEYS: usize = 4;

/// A client that is refused waits: refusals take less time than what is asked for, and would be counted so often.
const PATIENCE: Duration = Duration::from_millis(10);

/// `SOAK_TWO_SERVICES_SECONDS`: 600 before a release, with a kill every five seconds.
fn duration() -> Duration {
    let seconds = env::var("SOAK_TWO_SERVICES_SECONDS");
    Duration::from_secs(seconds.map_or(6, |seconds| seconds.parse().unwrap()))
}

fn pause() -> Duration {
    Duration::from_secs(if duration() < Duration::from_secs(60) {
        1
    } else {
        5
    })
}

/// What one worker knows of the keys that it alone makes and destroys.
#[derive(Default)]
struct Knowledge {
    made: BTreeSet<String>,
    /// Those whose creation or destruction failed, or was not answered.
    unknown: BTreeSet<String>,
    /// How often each was answered.
    answers: BTreeMap<String, usize>,
}

impl Knowledge {
    /// Whether it succeeded; `None` if the service ended.
    fn note(&mut self, what: &str, answer: Result<(), Error>) -> Option<bool> {
        let (key, result) = match answer {
            Ok(()) => (format!("{what}: success"), Some(true)),
            Err(Error::Service(status)) => (format!("{what}: {status:?}"), Some(false)),
            Err(Error::Client(_)) => (format!("{what}: no answer"), None),
        };
        *self.answers.entry(key).or_default() += 1;
        result
    }

    fn join(&mut self, other: Self) {
        self.made.extend(other.made);
        self.unknown.extend(other.unknown);
        for (answer, count) in other.answers {
            *self.answers.entry(answer).or_default() += count;
        }
    }
}

/// Makes, uses and destroys keys until told to stop, or the service ends; it has `made` already.
fn work(client: &Client, worker: &str, made: BTreeSet<String>, going_on: &AtomicBool) -> Knowledge {
    let mut known = Knowledge {
        made,
        ..Knowledge::default()
    };
    for step in 0.. {
        if !going_on.load(Ordering::Relaxed) {
            break;
        }
        let name = format!("{worker}-{step}");
        let generated = client.try_generate(&name, signing(256, ECDSA));
        match known.note("generate", generated) {
            Some(true) => known.made.insert(name.clone()),
            Some(false) => {
                known.unknown.insert(name);
                thread::sleep(PATIENCE);
                continue;
            }
            None => {
                known.unknown.insert(name);
                break;
            }
        };
        let signed = sign(client, &name);
        if known.note("sign", signed).is_none() {
            break;
        }
        if known.made.len() > MOST_KEYS {
            let name = known.made.pop_first().unwrap();
            let destroyed = client.try_destroy(&name);
            match known.note("destroy", destroyed) {
                Some(true) => {}
                Some(false) => drop(known.unknown.insert(name)),
                None => {
                    known.unknown.insert(name);
                    break;
                }
            }
        }
    }
    known
}

fn sign(client: &Client, name: &str) -> Result<(), Error> {
    let operation = psa_sign_hash::Operation {
        key_name: name.to_owned(),
        alg: ECDSA,
        hash: openssl::digest(Hash::Sha256, name.as_bytes()).into(),
    };
    client
        .send(ProviderId::Pkcs11, operation.into())
        .map(|_| ())
}

/// Lets workers work with a service until `end` has ended it, or told them that it is time.
fn work_until(
    service: Service,
    round: usize,
    known: &mut Knowledge,
    end: impl FnOnce(&AtomicBool, Service),
) {
    let going_on = &AtomicBool::new(true);
    let listed: BTreeSet<String> = service.client("alice").key_names().into_iter().collect();
    assert!(known.made.is_subset(&listed), "{:?}", known.made);
    thread::scope(|scope| {
        let mut workers = Vec::new();
        for worker in (0..WORKERS).rev() {
            let share = known.made.len() / (worker + 1);
            let made = (0..share).filter_map(|_| known.made.pop_first()).collect();
            let client = service.client("alice");
            let worker = format!("{round:04}-{worker}");
            workers.push(scope.spawn(move || work(&client, &worker, made, going_on)));
        }
        end(going_on, service);
        for worker in workers {
            known.join(worker.join().unwrap());
        }
    });
}

/// How many keys a service that starts anew has after all that; `shared` if the other one has its
/// instance.
fn check(installation: &Installation, known: &Knowledge, shared: bool) -> usize {
    let service = installation.start();
    let client = service.client("alice");
    let listed: BTreeSet<String> = client.key_names().into_iter().collect();
    let lost: Vec<_> = known.made.difference(&listed).collect();
    assert!(lost.is_empty(), "{lost:?} are gone");
    for name in &listed {
        assert!(
            known.made.contains(name) || known.unknown.contains(name),
            "{name} was destroyed"
        );
        assert_eq!(
            signs(&client, name, 256),
            Ok(()),
            "{name}, whose creator was told of success: {}",
            known.made.contains(name)
        );
    }
    service.wait_for_log("Every key that a mapping names is on the token", 1);
    if shared {
        service.wait_for_log("each needs an instance of its own", 1);
    }
    let log = service.stop();
    assert_eq!(log.contains("no mapping names it"), shared, "{log}");
    listed.len()
}

fn two_services(manager: Manager, instances: [&str; 2]) {
    let mut steady = Installation::direct(manager);
    steady.provider.insert("instance", quoted(instances[0]));
    let mut killed = Installation::direct(manager);
    killed.provider.clone_from(&steady.provider);
    killed.provider.insert("instance", quoted(instances[1]));

    let deadline = Instant::now() + duration();
    let (mut of_steady, mut of_killed) = (Knowledge::default(), Knowledge::default());
    let mut kills = 0;
    thread::scope(|scope| {
        let steady = steady.start();
        let of_steady = &mut of_steady;
        scope.spawn(move || {
            work_until(steady, 0, of_steady, |going_on, steady| {
                thread::sleep(deadline.saturating_duration_since(Instant::now()));
                going_on.store(false, Ordering::Relaxed);
                steady.stop();
            });
        });
        while Instant::now() < deadline {
            work_until(killed.start(), kills, &mut of_killed, |_, killed| {
                thread::sleep(pause());
                killed.kill();
            });
            kills += 1;
        }
    });
    eprintln!(
        "{manager:?} {instances:?}: {kills} kills in {:?}",
        duration()
    );
    for (service, known) in [("steady", &of_steady), ("killed", &of_killed)] {
        eprintln!("the {service} service: {:?}", known.answers);
        let answered = |answer: &str| known.answers.get(answer).copied().unwrap_or_default();
        let refused: usize = known
            .answers
            .iter()
            .filter(|(answer, _)| answer.contains("Error"))
            .map(|(_, count)| count)
            .sum();
        for what in ["generate", "sign"] {
            assert!(answered(&format!("{what}: success")) > refused, "{what}");
        }
    }

    let shared = instances[0] == instances[1];
    let keys = [
        check(&steady, &of_steady, shared),
        check(&killed, &of_killed, shared),
    ];
    let (stubs, objects): (Vec<_>, Vec<_>) = key_objects(steady.token())
        .into_iter()
        .partition(|object| object.is_stub());
    eprintln!(
        "{keys:?} keys, {} objects, {} stubs",
        objects.len(),
        stubs.len()
    );
    assert_eq!(objects.len(), 2 * (keys[0] + keys[1]), "{objects:?}");
    if !shared {
        for (instance, keys) in instances.iter().zip(keys) {
            let prefix = format!("parsec:{instance}:");
            let own = objects
                .iter()
                .filter(|object| object.label.starts_with(&prefix));
            assert_eq!(own.count(), 2 * keys, "{instance}");
        }
    }
}

#[test]
fn two_services_on_one_token() {
    two_services(Manager::OnDisk, ["one", "two"]);
}

#[test]
fn two_services_that_share_an_instance_by_mistake() {
    two_services(Manager::Sqlite, ["same", "same"]);
}
