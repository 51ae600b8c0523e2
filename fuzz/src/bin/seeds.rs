//! Owns the seeds: `seeds DIR` writes inputs for each target to `DIR/TARGET/`, from Wycheproof's vectors, the
//! curves, and requests of Parsec's own encoder. What ci/fuzz-minimise keeps of them is in fuzz/corpus.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a seed that cannot be made is a defect here"
)]

#[path = "../seeds/curves.rs"]
mod curves;
#[path = "../seeds/keys.rs"]
mod keys;
#[path = "../seeds/mappings.rs"]
mod mappings;
#[path = "../seeds/requests.rs"]
mod requests;
#[path = "../seeds/texts.rs"]
mod texts;
#[path = "../seeds/variants.rs"]
mod variants;

// The sanitizer functions of an instrumented build.
use libfuzzer_sys as _;

use std::fs;
use std::path::PathBuf;

/// Where the seeds go.
struct Seeds {
    directory: PathBuf,
    count: usize,
}

impl Seeds {
    fn add(&mut self, target: &str, content: impl AsRef<[u8]>) {
        let directory = self.directory.join(target);
        fs::create_dir_all(&directory).expect("the directory can be made");
        let file = directory.join(format!("seed-{:05}", self.count));
        fs::write(file, content).expect("the seed can be written");
        self.count += 1;
    }
}

fn main() {
    let directory = std::env::args_os().nth(1).expect("usage: seeds DIR");
    let mut seeds = Seeds {
        directory: directory.into(),
        count: 0,
    };
    curves::add(&mut seeds);
    keys::add(&mut seeds);
    mappings::add(&mut seeds);
    requests::add(&mut seeds);
    texts::add(&mut seeds);
    println!("{} seeds", seeds.count);
}
