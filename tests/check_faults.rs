//! A validator is as good as the faults that it finds: each fault is played by the misbehaving module in front of
//! SoftHSM2, and is found by the case that is for it, which passes without the fault.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "op/access.rs"]
mod access;
#[path = "check_faults/ecdsa.rs"]
mod ecdsa;
#[path = "check_faults/eddsa.rs"]
mod eddsa;
#[path = "check_faults/encodings.rs"]
mod encodings;
#[path = "check_faults/export.rs"]
mod export;
#[path = "check_faults/fault.rs"]
mod fault;
#[path = "check_faults/import.rs"]
mod import;
#[path = "check_faults/keygen.rs"]
mod keygen;
#[path = "check/run.rs"]
mod run;
