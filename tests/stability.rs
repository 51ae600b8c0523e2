//! What users were promised: docs/stability.md names each promise and the test that holds it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "service/client.rs"]
mod client;
#[path = "stability/configuration.rs"]
mod configuration;
#[path = "stability/database.rs"]
mod database;
#[path = "stability/exchange.rs"]
mod exchange;
#[path = "stability/exchanges.rs"]
mod exchanges;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "service/fixture.rs"]
mod fixture;
#[path = "stability/golden.rs"]
mod golden;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "service/keys.rs"]
mod keys;
#[path = "stability/mappings.rs"]
mod mappings;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "service/openssl.rs"]
mod openssl;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "service/process.rs"]
mod process;
#[path = "stability/profile.rs"]
mod profile;
#[path = "stability/stored_key.rs"]
mod stored_key;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "service/token_objects.rs"]
mod token_objects;
#[path = "stability/wire.rs"]
mod wire;
#[path = "../ci/fixtures/mappings/keys.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the programs that write the fixtures read this, too"
)]
mod written;
