//! Owns what the key info managers alone cost: the writes that a key's creation and destruction need.

use std::time::{Duration, Instant};

use parsec_service::utils::config::KeyInfoManagerType;

use crate::place::{Place, identity, signing_pair};
use crate::quartiles::Quartiles;
use crate::report::{Row, Unit};
use crate::slice::Pairs;

const ROUNDS: usize = 300;

/// As long as what the provider stores for a key: bincode writes both alike.
const STORED: (u32, [u8; 4], u8, u8, &str) = (1, *b"PECC", 1, 2, "0123456789abcdef");

/// A fixed number of writes: there is nothing to take turns with.
pub(crate) fn rows(_: &Pairs) -> Vec<Row> {
    let managers = [
        ("SQLite", KeyInfoManagerType::SQLite),
        ("on disk", KeyInfoManagerType::OnDisk),
    ];
    managers
        .into_iter()
        .flat_map(|(name, manager)| measure(name, manager))
        .collect()
}

fn measure(name: &str, manager: KeyInfoManagerType) -> [Row; 3] {
    let place = Place::new(manager);
    let client = place.client();
    let identity = identity("key");
    let attributes = signing_pair();
    let rounds: Vec<[Duration; 3]> = (0..ROUNDS)
        .map(|_| {
            [
                time(|| {
                    client
                        .insert_key_info(identity.clone(), &STORED, attributes)
                        .unwrap();
                }),
                time(|| {
                    client
                        .replace_key_info(identity.clone(), &STORED, attributes)
                        .unwrap();
                }),
                time(|| client.remove_key_info(&identity).unwrap()),
            ]
        })
        .collect();
    [(0, "insert"), (1, "replace"), (2, "remove")].map(|(index, write)| {
        let series = rounds.iter().map(|round| round[index].as_secs_f64() * 1e6);
        Row::alone(
            format!("manager alone, {name}: {write}"),
            Unit::Microseconds,
            Quartiles::of(series),
        )
    })
}

fn time(action: impl FnOnce()) -> Duration {
    let start = Instant::now();
    action();
    start.elapsed()
}
