//! A validator is as good as the faults that it finds: each fault is played by the misbehaving module in front of
//! SoftHSM2, and is found by the case that is for it, which passes without the fault.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "op/access.rs"]
mod access;
#[path = "check_faults/answer.rs"]
mod answer;
#[path = "check_faults/concurrency.rs"]
mod concurrency;
#[path = "check_faults/ecdh.rs"]
mod ecdh;
#[path = "check_faults/ecdsa.rs"]
mod ecdsa;
#[path = "check_faults/eddsa.rs"]
mod eddsa;
#[path = "check_faults/encodings.rs"]
mod encodings;
#[path = "check_faults/errors.rs"]
mod errors;
#[path = "check_faults/export.rs"]
mod export;
#[path = "check_faults/fault.rs"]
mod fault;
#[path = "check_faults/import.rs"]
mod import;
#[path = "check_faults/keygen.rs"]
mod keygen;
#[path = "check_faults/module.rs"]
mod module;
#[path = "check_faults/objects.rs"]
mod objects;
#[path = "check_faults/profile.rs"]
mod profile;
#[path = "check/run.rs"]
mod run;
#[path = "common/rv.rs"]
mod rv;
#[path = "check_faults/session.rs"]
mod session;
#[path = "check_faults/slot.rs"]
mod slot;
#[path = "check_faults/token.rs"]
mod token;
#[path = "check_faults/wycheproof.rs"]
mod wycheproof;
