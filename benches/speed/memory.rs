//! Owns the figures of the memory that the service keeps.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::bare::DIGEST;
use crate::fixture::{Installation, Manager};
use crate::keys::{ECDSA, signing};
use crate::over_socket::KEY;
use crate::process::Service;
use crate::quartiles::Quartiles;
use crate::report::{Row, Target, Unit};
use crate::slice::{Comparison, Pairs};

const CLIENTS: usize = 16;
const FEW: usize = 10_000;
const MANY: usize = 1_000_000;

/// "Bare" is the same service after few signatures.
pub(crate) fn rows(_: &Pairs) -> Vec<Row> {
    let installation = Installation::direct(Manager::Sqlite);
    let service = installation.start();
    let attributes = signing(256, ECDSA);
    service.client("app").generate(KEY, attributes).unwrap();
    service.stop();

    let service = installation.start();
    let idle = resident(&service);
    sign(&service, FEW);
    let few = resident(&service);
    sign(&service, MANY - FEW);
    let many = resident(&service);
    service.stop();
    let one = |value: f64| Quartiles::of([value].into_iter());
    vec![
        Row::limited(
            "memory: resident when idle, 1 key",
            Unit::Kibibytes,
            one(idle),
            Target::AtMost(25.0 * 1024.0),
        ),
        Row::compared(
            format!("memory: resident after {MANY} signatures / after {FEW}"),
            Unit::Kibibytes,
            Comparison {
                ours: one(many),
                bare: one(few),
                ratio: one(many / few),
            },
            Some(Target::AtMost(1.05)),
        ),
    ]
}

fn sign(service: &Service, count: usize) {
    let begun = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let client = service.client("app");
                while begun.fetch_add(1, Ordering::Relaxed) < count {
                    client.sign_hash(KEY, ECDSA, &DIGEST).unwrap();
                }
            });
        }
    });
}

/// `VmRSS` of proc(5), in KiB.
fn resident(service: &Service) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", service.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let value = line.and_then(|line| line.split_whitespace().nth(1));
    value.unwrap().parse().unwrap()
}
