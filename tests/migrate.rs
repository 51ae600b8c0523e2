//! `parsec-pkcs11 migrate`: the built binary on mappings of every release of Parsec, and the real service before
//! and after.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "service/client.rs"]
mod client;
#[path = "migrate/concurrency.rs"]
mod concurrency;
#[path = "migrate/configuration.rs"]
mod configuration;
#[path = "migrate/conflicts.rs"]
mod conflicts;
#[path = "migrate/damage.rs"]
mod damage;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "service/fixture.rs"]
mod fixture;
#[path = "migrate/formats.rs"]
mod formats;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "service/keys.rs"]
mod keys;
#[path = "migrate/killed.rs"]
mod killed;
#[path = "migrate/large.rs"]
mod large;
#[path = "migrate/mappings.rs"]
mod mappings;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "service/openssl.rs"]
mod openssl;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "service/process.rs"]
mod process;
#[path = "migrate/report.rs"]
mod report;
#[path = "migrate/reverse.rs"]
mod reverse;
#[path = "migrate/run.rs"]
mod run;
#[path = "migrate/service.rs"]
mod service;
#[path = "migrate/snapshot.rs"]
mod snapshot;
#[path = "migrate/unchanged.rs"]
mod unchanged;
#[path = "../ci/fixtures/mappings/keys.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the programs that write the fixtures read this, too"
)]
mod written;
