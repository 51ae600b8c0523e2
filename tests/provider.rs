//! The provider through Parsec's `Provide` trait, in one process, on SoftHSM2.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "provider/creation.rs"]
mod creation;
#[path = "provider/destruction.rs"]
mod destruction;
#[path = "provider/fixture.rs"]
mod fixture;
#[path = "provider/interrupted.rs"]
mod interrupted;
#[path = "provider/policy.rs"]
mod policy;
#[path = "provider/session.rs"]
mod session;
#[path = "common/threads.rs"]
mod threads;
