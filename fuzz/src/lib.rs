//! What targets share. Those that need a whole service: a token, a service, a log that is watched, and a
//! model of what the service must answer. Those of mappings: Parsec's own managers, and a database.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a target tells of a find by a panic"
)]

pub mod log;
pub mod managers;
pub mod place;
pub mod row;
pub mod sequence;
pub mod wire;
