//! `parsec-pkcs11 check` on SoftHSM2, as its users run it.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "op/access.rs"]
mod access;
#[path = "check/baseline.rs"]
mod baseline;
#[path = "check/broken.rs"]
mod broken;
#[path = "check/choice.rs"]
mod choice;
#[path = "check/clean.rs"]
mod clean;
#[allow(dead_code, reason = "faults of single cases are played elsewhere")]
#[path = "check_faults/fault.rs"]
mod fault;
#[path = "check/interrupt.rs"]
mod interrupt;
#[path = "check/junit.rs"]
mod junit;
#[path = "check/objects.rs"]
mod objects;
#[path = "check/output.rs"]
mod output;
#[path = "check/refused.rs"]
mod refused;
#[path = "check/run.rs"]
mod run;
#[path = "check/running.rs"]
mod running;
#[path = "check/schema.rs"]
mod schema;
