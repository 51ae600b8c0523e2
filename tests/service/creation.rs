//! One creation at a time per name, whoever asks.

use std::env;
use std::sync::Barrier;
use std::thread;

use parsec_client::core::interface::requests::ResponseStatus;

use crate::client::{Answer, Client};
use crate::fixture::{Installation, Manager};
use crate::keys::{ECDSA, signing, signs};
use crate::openssl::Pair;
use crate::token_objects::key_objects;

const CLIENTS: usize = 16;

/// `SOAK_CREATIONS`: 1,000 before a release.
fn creations() -> usize {
    env::var("SOAK_CREATIONS").map_or(25, |count| count.parse().unwrap())
}

/// What each of the clients is answered when all create at once.
fn at_once(clients: &[Client], create: impl Fn(&Client) -> Answer + Sync) -> Vec<Answer> {
    let barrier = Barrier::new(clients.len());
    let create = &|client| {
        barrier.wait();
        create(client)
    };
    thread::scope(|scope| {
        let spawn = |client| scope.spawn(move || create(client));
        let threads: Vec<_> = clients.iter().map(spawn).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

fn exactly_one(answers: &[Answer]) {
    let made = answers.iter().filter(|answer| answer.is_ok()).count();
    let exists = Err(ResponseStatus::PsaErrorAlreadyExists);
    let late = answers.iter().filter(|answer| **answer == exists).count();
    assert_eq!((made, late), (1, answers.len() - 1), "{answers:?}");
}

fn contested(manager: Manager) {
    let installation = Installation::direct(manager);
    let service = installation.start();
    let clients: Vec<Client> = (0..CLIENTS).map(|_| service.client("alice")).collect();
    let pair = Pair::generate(256);
    for round in 0..creations() {
        let answers = at_once(&clients, |client| {
            // Now and then against imports, which take another way.
            match round % 5 {
                4 => client.import("contested", signing(256, ECDSA), &pair.scalar()),
                _ => client.generate("contested", signing(256, ECDSA)),
            }
        });
        exactly_one(&answers);
        assert_eq!(clients[0].key_names(), ["contested"]);
        signs(&clients[round % CLIENTS], "contested", 256).unwrap();
        clients[0].destroy("contested").unwrap();
    }
    service.stop();
    assert_eq!(key_objects(installation.token()), []);
}

#[test]
fn one_client_of_sixteen_makes_the_key_on_disk() {
    contested(Manager::OnDisk);
}

#[test]
fn one_client_of_sixteen_makes_the_key_in_sqlite() {
    contested(Manager::Sqlite);
}

#[test]
fn one_client_of_sixteen_destroys_the_key() {
    for manager in Manager::ALL {
        let installation = Installation::direct(manager);
        let service = installation.start();
        let clients: Vec<Client> = (0..CLIENTS).map(|_| service.client("alice")).collect();
        for _ in 0..5 {
            clients[0]
                .generate("contested", signing(256, ECDSA))
                .unwrap();
            let answers = at_once(&clients, |client| client.destroy("contested"));
            let destroyed = answers.iter().filter(|answer| answer.is_ok()).count();
            assert_eq!(destroyed, 1, "{answers:?}");
        }
        service.stop();
        assert_eq!(key_objects(installation.token()), []);
    }
}
