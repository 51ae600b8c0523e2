//! A service that is killed at each PKCS#11 call of an operation, between them, and again while it
//! starts: every name answers to a key that works or to none, and the token holds nothing else.

use std::env;
use std::num::NonZeroU64;
use std::thread;
use std::time::{Duration, Instant};

use misbehaving_module::control::{End, Functions, How};
use parsec_client::core::interface::operations::psa_algorithm::Hash;
use parsec_client::core::interface::operations::{
    NativeOperation, psa_destroy_key, psa_generate_key, psa_import_key,
};
use parsec_client::core::interface::requests::ProviderId;
use parsec_client::core::interface::secrecy::Secret;
use parsec_client::error::Error;

use crate::client::Client;
use crate::fixture::{Installation, Manager};
use crate::keys::{ECDSA, signing, signs, verifying};
use crate::misbehaving::Misbehaving;
use crate::openssl::{self, Pair};
use crate::process::Service;
use crate::token_objects::key_objects;

/// The key that is made or destroyed when the service ends.
const SUBJECT: &str = "subject";

/// `SOAK_KILLS`: 500 before a release, with each key info manager.
fn kills() -> usize {
    env::var("SOAK_KILLS").map_or(60, |count| count.parse().unwrap())
}

#[derive(Debug, Clone, Copy)]
enum Key {
    Generated,
    ImportedPair,
    ImportedPublic,
}

#[derive(Debug, Clone, Copy)]
enum Operation {
    Create(Key),
    Destroy(Key),
}

const OPERATIONS: [Operation; 5] = [
    Operation::Create(Key::Generated),
    Operation::Create(Key::ImportedPair),
    Operation::Create(Key::ImportedPublic),
    Operation::Destroy(Key::Generated),
    Operation::Destroy(Key::ImportedPublic),
];

/// When the service ends.
#[derive(Debug, Clone, Copy)]
enum Moment {
    BeforeCall(NonZeroU64),
    AfterCall(NonZeroU64),
    /// After that part of the time that the operation takes, wherever it is by then.
    Part(f64),
}

/// What the client was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Success,
    Nothing,
}

struct Trial {
    installation: Installation,
    misbehaving: Misbehaving,
    pair: Pair,
    /// What kills within a call of SoftHSM2 left on the token.
    stubs: usize,
}

/// The end of a service.
#[derive(Debug, Clone, Copy)]
struct Kill {
    operation: Operation,
    moment: Moment,
    /// How long the operation takes.
    duration: Duration,
    /// The call of the next start after which that is killed, too.
    of_start: Option<NonZeroU64>,
}

impl Trial {
    fn new(manager: Manager) -> Self {
        let mut installation = Installation::direct(manager);
        Self {
            misbehaving: Misbehaving::in_front_of(&mut installation),
            installation,
            pair: Pair::generate(256),
            stubs: 0,
        }
    }

    /// Starts the service and waits until it makes no calls of its own any more.
    fn start(&self) -> Service {
        let service = self.installation.start();
        service.wait_for_log("Every key that a mapping names is on the token", 1);
        service
    }

    fn request(&self, operation: Operation) -> NativeOperation {
        let key_name = SUBJECT.to_owned();
        match operation {
            Operation::Create(Key::Generated) => psa_generate_key::Operation {
                key_name,
                attributes: signing(256, ECDSA),
            }
            .into(),
            Operation::Create(key) => {
                let (attributes, data) = match key {
                    Key::ImportedPublic => (verifying(256, ECDSA), self.pair.point()),
                    _ => (signing(256, ECDSA), self.pair.scalar()),
                };
                psa_import_key::Operation {
                    key_name,
                    attributes,
                    data: Secret::new(data),
                }
                .into()
            }
            Operation::Destroy(_) => psa_destroy_key::Operation { key_name }.into(),
        }
    }

    fn attempt(&self, client: &Client, operation: Operation) -> Told {
        match client.send(ProviderId::Pkcs11, self.request(operation)) {
            Ok(_) => Told::Success,
            Err(Error::Client(_)) => Told::Nothing,
            Err(Error::Service(status)) => panic!("{operation:?}: {status}"),
        }
    }

    fn prepare(&self, client: &Client, operation: Operation) {
        if let Operation::Destroy(key) = operation {
            assert_eq!(
                self.attempt(client, Operation::Create(key)),
                Told::Success,
                "{key:?}"
            );
        }
    }

    /// How many calls an operation makes that nothing disturbs, and how long it takes.
    fn measure(&self, client: &Client, operation: Operation) -> (u64, Duration) {
        self.prepare(client, operation);
        let before = self.misbehaving.statistics();
        let start = Instant::now();
        assert_eq!(self.attempt(client, operation), Told::Success);
        let duration = start.elapsed();
        let after = self.misbehaving.statistics();
        if matches!(operation, Operation::Create(_)) {
            client.destroy(SUBJECT).unwrap();
        }
        (after.all_calls() - before.all_calls(), duration)
    }

    /// Ends the service in the midst of an operation and looks what a new one makes of it.
    fn kill(&mut self, service: Service, kill: Kill) -> Service {
        let client = service.client("alice");
        self.prepare(&client, kill.operation);
        let told = match kill.moment {
            Moment::BeforeCall(nth) => self.end_at(
                service,
                &client,
                kill,
                End::before(Functions::All, nth, How::Kill),
            ),
            Moment::AfterCall(nth) => self.end_at(
                service,
                &client,
                kill,
                End::after(Functions::All, nth, How::Kill),
            ),
            Moment::Part(part) => thread::scope(|scope| {
                let attempt = scope.spawn(|| self.attempt(&client, kill.operation));
                thread::sleep(kill.duration.mul_f64(part));
                service.kill();
                attempt.join().unwrap()
            }),
        };
        if let Some(nth) = kill.of_start {
            self.last_call(End::after(Functions::All, nth, How::Kill));
            assert_eq!(self.installation.fail().code, None, "{kill:?}");
        }
        self.misbehaving.behave();
        let service = self.start();
        self.check(&service, kill, told);
        service
    }

    fn last_call(&self, end: End) {
        self.misbehaving.order(|control| control.end = vec![end]);
    }

    /// Ends the service at a call that the operation makes.
    fn end_at(&self, service: Service, client: &Client, kill: Kill, end: End) -> Told {
        self.last_call(end);
        let told = self.attempt(client, kill.operation);
        assert_eq!(told, Told::Nothing, "{kill:?}");
        assert_eq!(service.end().code, None);
        told
    }

    fn check(&mut self, service: &Service, kill: Kill, told: Told) {
        let what = format!("{kill:?} {told:?}");
        let client = service.client("alice");
        let listed = client.key_names();
        let subject = listed.iter().any(|name| name == SUBJECT);
        let mut expected = vec!["kept", "public"];
        expected.extend(subject.then_some(SUBJECT));
        assert_eq!(listed, expected, "{what}");
        if told == Told::Success {
            let created = matches!(kill.operation, Operation::Create(_));
            assert_eq!(subject, created, "{what}");
        }
        signs(&client, "kept", 256).unwrap();
        self.verifies(&client, "public");
        let mut objects = 3;
        if subject {
            let (Operation::Create(key) | Operation::Destroy(key)) = kill.operation;
            objects += match key {
                Key::Generated | Key::ImportedPair => {
                    signs(&client, SUBJECT, 256).unwrap();
                    2
                }
                Key::ImportedPublic => {
                    self.verifies(&client, SUBJECT);
                    1
                }
            };
        }
        let (stubs, keys): (Vec<_>, Vec<_>) = key_objects(self.installation.token())
            .into_iter()
            .partition(|object| object.is_stub());
        assert_eq!(keys.len(), objects, "{what}: {keys:?}");
        match kill.moment {
            Moment::Part(_) => self.stubs = stubs.len(),
            _ => assert_eq!(stubs.len(), self.stubs, "{what}"),
        }
        // If it is not there, the next one of that name shows that the name is free.
        if subject {
            client.destroy(SUBJECT).unwrap();
        }
        let log = service.log();
        assert!(!log.contains("no mapping names it"), "{what}: {log}");
        assert!(!log.contains("cannot be finished"), "{what}: {log}");
    }

    fn verifies(&self, client: &Client, name: &str) {
        let digest = openssl::digest(Hash::Sha256, b"a message");
        client
            .verify_hash(name, ECDSA, &digest, &self.pair.sign(&digest))
            .unwrap();
    }
}

/// Every moment of every operation: before and after each call, and as many times in between.
///
/// `round` shifts the latter.
fn moments(courses: &[(Operation, u64, Duration)], round: usize) -> Vec<Kill> {
    let float = |number: u64| f64::from(u32::try_from(number).unwrap());
    let shift = (0.618 * float(round.try_into().unwrap())).fract();
    let mut moments = Vec::new();
    for &(operation, calls, duration) in courses {
        for call in 1..=calls {
            // Somewhat beyond the end, as no operation takes twice as long as another time.
            let part = 1.1 * (float(call) - shift) / float(calls);
            let call = NonZeroU64::new(call).unwrap();
            let kinds = [
                Moment::BeforeCall(call),
                Moment::AfterCall(call),
                Moment::Part(part),
            ];
            moments.extend(kinds.map(|moment| Kill {
                operation,
                moment,
                duration,
                of_start: None,
            }));
        }
    }
    moments
}

/// A stride that visits each of `count` places once, and those of a short walk far apart.
fn stride(count: usize) -> usize {
    let divides = |stride: usize| (2..=stride).any(|n| stride % n == 0 && count % n == 0);
    (count * 618 / 1000..)
        .find(|&stride| !divides(stride))
        .unwrap()
}

fn killed_at_each_step(manager: Manager) {
    let mut trial = Trial::new(manager);
    let mut service = trial.start();
    let client = service.client("alice");
    client.generate("kept", signing(256, ECDSA)).unwrap();
    client
        .import("public", verifying(256, ECDSA), &trial.pair.point())
        .unwrap();
    let courses = OPERATIONS.map(|operation| {
        // What only the first operation does is no part of it.
        trial.measure(&client, operation);
        let (calls, duration) = trial.measure(&client, operation);
        (operation, calls, duration)
    });
    service.stop();
    let before = trial.misbehaving.statistics();
    service = trial.start();
    let calls_of_start = trial.misbehaving.statistics().all_calls() - before.all_calls();

    let count = moments(&courses, 0).len();
    let mut starts = 0;
    let begin = Instant::now();
    for number in 0..kills() {
        let mut kill = moments(&courses, number / count)[number * stride(count) % count];
        if number % 4 == 0 {
            kill.of_start = NonZeroU64::new(starts % calls_of_start + 1);
            starts += 1;
        }
        service = trial.kill(service, kill);
    }
    service.stop();
    eprintln!(
        "{manager:?}: {} kills at {count} moments and {starts} at {calls_of_start} calls of a \
         start in {:?}, {} stubs; {courses:?}",
        kills(),
        begin.elapsed(),
        trial.stubs
    );
}

#[test]
fn killed_at_each_step_in_sqlite() {
    killed_at_each_step(Manager::Sqlite);
}

#[test]
fn killed_at_each_step_on_disk() {
    killed_at_each_step(Manager::OnDisk);
}
