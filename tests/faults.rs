//! The operations on a token that misbehaves on order: SoftHSM2 behind the misbehaving module.
//!
//! Each test initialises the module for itself, so they run in processes of their own (cargo nextest).

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "faults/calls.rs"]
mod calls;
#[path = "faults/creation.rs"]
mod creation;
#[path = "faults/denied.rs"]
mod denied;
#[path = "op/fixture.rs"]
mod fixture;
#[path = "faults/matrix.rs"]
mod matrix;
#[path = "op/openssl.rs"]
mod openssl;
#[path = "faults/pin.rs"]
mod pin;
#[path = "faults/presence.rs"]
mod presence;
#[path = "common/rv.rs"]
mod rv;
#[path = "faults/sessions.rs"]
mod sessions;
#[path = "faults/setup.rs"]
mod setup;
#[path = "common/threads.rs"]
mod threads;
