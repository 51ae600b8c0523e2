//! Owns the door by which the targets of fuzz/ reach the stored identifiers of keys.
//!
//! Behind the feature `_fuzzing`, which is no part of the public API.

use super::stored_id::{State, StoredId};

/// A stored identifier as it was read.
#[derive(Debug, PartialEq, Eq)]
pub struct ReadId {
    /// The number of the `CKA_ID`.
    pub number: u32,
    /// Whether the key is one that can be used: nothing is removed for it at start.
    pub is_ready: bool,
    /// The serial number of its token.
    pub serial: Option<String>,
    /// What would be stored for it now.
    pub stored: Vec<u8>,
}

/// Reads what a key info manager stored; `None` if that is no identifier.
pub fn read_stored_id(bytes: &[u8]) -> Option<ReadId> {
    let id: StoredId = bincode::deserialize(bytes).ok()?;
    let stored = bincode::serialize(&id).ok()?;
    Some(ReadId {
        number: id.id.number(),
        is_ready: id.state == State::Ready,
        serial: id.serial,
        stored,
    })
}
