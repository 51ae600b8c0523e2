//! Owns the comparison with the least service that could answer the same clients on the same machine.

use std::fs;
use std::process::{Command, Stdio};

use crate::fixture::{Authenticator, Installation, Manager, Program, example};
use crate::over_socket::{CLIENTS, FEW_THREADS, Setting, client, clients, figures, is_built, rows};
use crate::process::Service;
use crate::report::Row;
use crate::slice::{Pair, Pairs};

const PROGRAM: &str = "least_service";

/// What our service has by itself on SoftHSM2.
const DEFAULT_THREADS: usize = 32;

/// "Bare" is the least service in the rows whose names say so.
pub(crate) fn figures_of_both(pairs: &Pairs) -> Vec<Row> {
    let default = (None, DEFAULT_THREADS, "socket".to_owned());
    let few = format!("socket, thread_pool_size = {FEW_THREADS}");
    let few = (Some(FEW_THREADS), FEW_THREADS, few);
    [default, few]
        .into_iter()
        .flat_map(|(ours, threads, name)| measure(ours, threads, &name, pairs))
        .collect()
}

fn measure(ours: Option<usize>, threads: usize, name: &str, pairs: &Pairs) -> Vec<Row> {
    let alone = format!("least service's socket, {threads} threads");
    let beside = [
        format!("{name}, 1 client: p50 / least service"),
        format!("{name}, {CLIENTS} clients: throughput / least service"),
        format!("{name}, {CLIENTS} clients: p99 / least service's p99"),
    ];
    if !is_built(PROGRAM) {
        println!("For the least service: `cargo build --release --example {PROGRAM}`, then again.");
        let all = figures(&alone).into_iter().chain(beside);
        return all.map(Row::not_measured).collect();
    }
    let mut setting = Setting::start(Program::Ours, ours);
    let place = Installation::without_token(Manager::Sqlite, Authenticator::Direct);
    let least = start(&place, &setting.installation, threads);
    let mut all = setting.bare.compare(&alone, &least, pairs, [None; 3]);

    let ours = &setting.service;
    let one = pairs.run(
        |length| client(ours, length),
        |length| client(&least, length),
    );
    let many = pairs.run(
        |length| clients(ours, length),
        |length| clients(&least, length),
    );
    let p99 = |pair: &Pair| pair.bare.percentile(99);
    all.extend(rows(beside, &one, &many, p99, [None; 3]));
    least.stop();
    setting.service.stop();
    all
}

/// Starts it in a place of its own, with the token and the key of another installation.
fn start(place: &Installation, keys: &Installation, threads: usize) -> Service {
    let pin = place.path("pin");
    fs::write(&pin, keys.token().user_pin()).unwrap();
    let mut command = Command::new(example(PROGRAM));
    command
        .arg(softhsm_test::module_path().unwrap())
        .arg(place.socket())
        .arg(keys.token().serial())
        .arg(pin)
        .arg(threads.to_string())
        .stdin(Stdio::null());
    Service::run(place, command)
}
