//! What Parsec's releases wrote is read by the service for Parsec 0.8: configuration files, and mappings whose keys are
//! made as Parsec's own provider makes them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "parts are shared with other tests")]

#[path = "service/client.rs"]
mod client;
#[path = "stability/configuration.rs"]
mod configuration;
#[path = "service/fixture.rs"]
mod fixture;
#[path = "service/keys.rs"]
mod keys;
#[path = "stability/mappings.rs"]
mod mappings;
#[path = "service/openssl.rs"]
mod openssl;
#[path = "service/process.rs"]
mod process;
#[path = "service/token_objects.rs"]
mod token_objects;
#[path = "../../../ci/fixtures/mappings/keys.rs"]
#[allow(
    unreachable_pub,
    reason = "the programs that write the fixtures read this, too"
)]
mod written;
