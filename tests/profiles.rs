//! Quirk profiles: what they say is used, believed and, where a token contradicts it, given up.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "profiles/claims.rs"]
mod claims;
#[path = "op/fixture.rs"]
mod fixture;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "op/judge.rs"]
mod judge;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "quirks/life.rs"]
mod life;
#[path = "profiles/log.rs"]
mod log;
#[path = "profiles/profile.rs"]
mod profile;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "quirks/quirk.rs"]
mod quirk;
#[path = "common/rv.rs"]
mod rv;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "faults/setup.rs"]
mod setup;
#[path = "profiles/templates.rs"]
mod templates;
