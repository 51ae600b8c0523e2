//! A validator is as good as the faults that it finds: each fault is played by the misbehaving module in front of
//! SoftHSM2, and is found by the case that is for it, which passes without the fault.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "op/access.rs"]
mod access;
#[path = "check_faults/concurrency.rs"]
mod concurrency;
#[path = "check_faults/ecdh.rs"]
mod ecdh;
#[path = "check_faults/ecdsa.rs"]
mod ecdsa;
#[path = "check_faults/fault.rs"]
mod fault;
#[path = "check/run.rs"]
mod run;
#[path = "check_faults/wycheproof.rs"]
mod wycheproof;
