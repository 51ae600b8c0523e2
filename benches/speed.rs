//! The speed of the provider and of the service, compared with bare PKCS#11 calls on the same token.
//!
//! ```sh
//! cargo build --release --example upstream --example fill_token --example least_service
//! cargo bench --bench speed
//! ```
//!
//! Each figure is the median of 15 pairs of slices, one of ours and one of the bare calls, that take
//! turns. `SPEED_SLICE_MS` is the length of a slice in milliseconds, by default 2,000. The table goes to
//! the standard output and to `speed.json` in the target directory. docs/performance.md has the results.
//! `cargo bench --bench speed -- sign socket` measures these groups only; the others are `verify`,
//! `generate`, `managers`, `least`, `latency`, `many-keys`, `memory` and `upstream`.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a benchmark fails by a panic"
)]

#[path = "speed/bare.rs"]
mod bare;
#[path = "speed/bare_keys.rs"]
mod bare_keys;
#[allow(dead_code, reason = "the tests use what is not used here")]
#[path = "../tests/service/client.rs"]
mod client;
#[allow(dead_code, reason = "the tests use what is not used here")]
#[path = "../tests/service_faults/faulty.rs"]
mod faulty;
#[allow(dead_code, reason = "the tests use what is not used here")]
#[path = "../tests/service/fixture.rs"]
mod fixture;
#[allow(dead_code, reason = "the tests use what is not used here")]
#[path = "../tests/service/keys.rs"]
mod keys;
#[path = "speed/latency.rs"]
mod latency;
#[path = "speed/least.rs"]
mod least;
#[path = "speed/machine.rs"]
mod machine;
#[path = "speed/many_keys.rs"]
mod many_keys;
#[path = "speed/mapping_cost.rs"]
mod mapping_cost;
#[path = "speed/memory.rs"]
mod memory;
#[allow(dead_code, reason = "the tests use what is not used here")]
#[path = "../tests/service/openssl.rs"]
mod openssl;
#[path = "speed/over_socket.rs"]
mod over_socket;
#[allow(dead_code, reason = "the tests use what is not used here")]
#[path = "../tests/provider/fixture.rs"]
mod place;
#[allow(dead_code, reason = "the tests use what is not used here")]
#[path = "../tests/service/process.rs"]
mod process;
#[path = "speed/provider.rs"]
mod provider;
#[path = "speed/quartiles.rs"]
mod quartiles;
#[path = "speed/report.rs"]
mod report;
#[path = "../tests/common/rv.rs"]
mod rv;
#[path = "speed/slice.rs"]
mod slice;

use std::env;

use machine::Machine;
use report::{Report, Row};
use slice::Pairs;

/// A group of figures by its name on the command line.
type Group = (&'static str, fn(&Pairs) -> Vec<Row>);

const GROUPS: [Group; 10] = [
    ("sign", provider::sign),
    ("verify", provider::verify),
    ("generate", provider::generate_and_destroy),
    ("managers", mapping_cost::rows),
    ("socket", over_socket::ours),
    ("least", least::figures_of_both),
    ("latency", latency::rows),
    ("many-keys", many_keys::rows),
    ("memory", memory::rows),
    ("upstream", over_socket::upstream),
];

fn main() {
    let mut chosen: Vec<String> = env::args().skip(1).collect();
    if !chosen.iter().any(|argument| argument == "--bench") {
        println!("Nothing is measured: use `cargo bench --bench speed`.");
        return;
    }
    chosen.retain(|argument| argument != "--bench");
    let known = |name: &String| GROUPS.iter().any(|(group, _)| group == name);
    assert!(
        chosen.iter().all(known),
        "the groups are sign, verify, generate, managers, socket, least, latency, many-keys, memory, upstream"
    );
    // Whoever initialises the module first keeps it: providers come and go on it.
    softhsm_test::pkcs11().unwrap();
    let pairs = Pairs::from_environment();
    let mut report = Report::begin(Machine::now(), &pairs);
    for (group, measure) in GROUPS {
        if chosen.is_empty() || chosen.iter().any(|name| name == group) {
            measure(&pairs).into_iter().for_each(|row| report.add(row));
        }
    }
    report.end();
}
