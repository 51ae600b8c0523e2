//! What the targets that need a whole service share: a token, a service, a log that is watched, and a
//! model of what the service must answer.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a target tells of a find by a panic"
)]

pub mod log;
pub mod place;
pub mod sequence;
pub mod wire;
