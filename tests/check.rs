//! `parsec-pkcs11 check` on SoftHSM2, as its users run it.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "op/access.rs"]
mod access;
#[path = "check/run.rs"]
mod run;
