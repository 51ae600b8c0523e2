//! A service that is killed at any moment: what clients were told stays true, and nothing is left.

use std::collections::BTreeSet;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use parsec_client::core::interface::requests::ResponseStatus;
use parsec_client::error::Error;

use crate::client::Client;
use crate::fixture::{Installation, Manager};
use crate::keys::{ECDSA, signing, signs};
use crate::token_objects::key_objects;

const ROUNDS: usize = 5;
const WORKERS: usize = 4;

/// What one worker knows of the keys that it alone makes and destroys.
#[derive(Default)]
struct Knowledge {
    /// Told of success.
    made: BTreeSet<String>,
    /// What it was told nothing about when the service ended.
    unknown: Option<String>,
}

/// Makes three keys and destroys two, again and again, until the service does not answer.
fn work(client: &Client, worker: usize, round: usize, done: &Sender<()>) -> Knowledge {
    let mut known = Knowledge::default();
    for step in 0.. {
        let name = format!("{round}-{worker}-{step}");
        if !answered(client.try_generate(&name, signing(256, ECDSA))) {
            known.unknown = Some(name);
            break;
        }
        known.made.insert(name);
        done.send(()).unwrap();
        if step % 3 == 0 {
            continue;
        }
        let name = known.made.pop_first().unwrap();
        if !answered(client.try_destroy(&name)) {
            known.unknown = Some(name);
            break;
        }
        done.send(()).unwrap();
    }
    known
}

fn answered(answer: Result<(), Error>) -> bool {
    match answer {
        Ok(()) => true,
        Err(Error::Client(_)) => false,
        Err(Error::Service(status)) => panic!("{status}"),
    }
}

/// Runs the service under load until it has done `operations`, kills it, and looks what is left.
fn kill_under_load(installation: &Installation, round: usize, operations: usize) {
    let service = installation.start();
    let clients: Vec<Client> = (0..WORKERS).map(|_| service.client("alice")).collect();
    let (sender, receiver) = mpsc::channel();
    let mut made = BTreeSet::new();
    let mut unknown = BTreeSet::new();
    thread::scope(|scope| {
        let workers: Vec<_> = clients
            .iter()
            .enumerate()
            .map(|(worker, client)| {
                let sender = sender.clone();
                scope.spawn(move || work(client, worker, round, &sender))
            })
            .collect();
        for _ in 0..operations {
            receiver.recv_timeout(Duration::from_secs(60)).unwrap();
        }
        service.kill();
        for worker in workers {
            let known = worker.join().unwrap();
            made.extend(known.made);
            unknown.extend(known.unknown);
        }
    });
    assert!(!made.is_empty());
    check(installation, &made, &unknown);
}

/// Starts the service again and compares what clients were told, what is listed and what is on the
/// token; leaves no key.
fn check(installation: &Installation, made: &BTreeSet<String>, unknown: &BTreeSet<String>) {
    let service = installation.start();
    let client = service.client("alice");
    let listed: BTreeSet<String> = client.key_names().into_iter().collect();
    let lost: Vec<_> = made.difference(&listed).collect();
    assert!(
        lost.is_empty(),
        "the client was told of success, and they are gone: {lost:?}"
    );
    for name in &listed {
        assert!(
            made.contains(name) || unknown.contains(name),
            "{name} was destroyed"
        );
        match signs(&client, name, 256) {
            Ok(()) => {}
            Err(ResponseStatus::PsaErrorDoesNotExist) if unknown.contains(name) => {}
            Err(status) => panic!("{name}: {status}"),
        }
    }
    for name in unknown.difference(&listed) {
        // Whatever became of it, its name is free.
        client.generate(name, signing(256, ECDSA)).unwrap();
        client.destroy(name).unwrap();
    }
    for name in &listed {
        client.destroy(name).unwrap();
    }
    assert_eq!(client.key_names(), [""; 0]);
    service.stop();
    let mut left = key_objects(installation.token());
    left.retain(|object| !object.is_stub());
    assert!(left.is_empty(), "nothing names these: {left:?}");
}

fn killed_again_and_again(manager: Manager) {
    let installation = Installation::direct(manager);
    for round in 0..ROUNDS {
        kill_under_load(&installation, round, 7 + 5 * round);
    }
}

#[test]
fn killed_in_sqlite() {
    killed_again_and_again(Manager::Sqlite);
}

#[test]
fn killed_on_disk() {
    killed_again_and_again(Manager::OnDisk);
}
