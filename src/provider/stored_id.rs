//! Owns the identifier that a key info manager stores for a key: its bytes, and what they say.
//!
//! Parsec's own PKCS#11 provider stores a bincode `u32`, the number of the key's `CKA_ID`. This
//! provider stores the same four bytes and a tail behind them: a magic, a version, the key's state
//! and the serial number of its token. Upstream reads the first four bytes and ignores the rest, so
//! mappings can be read by both; what upstream wrote has no tail and is a ready key of an unknown
//! token.

use std::fmt;

use parsec_interface::operations::psa_key_attributes::Attributes;
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeTuple, Serializer};

use crate::token::KeyId;

const MAGIC: [u8; 4] = *b"PECC";
const VERSION: u8 = 1;
/// Number, magic, version, state, serial number.
const FIELDS: usize = 5;

/// How far the creation or destruction of a key has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Its objects are being made; the client was not told of success.
    Pending,
    /// It can be used.
    Ready,
    /// Its objects are being removed.
    Destroying,
}

impl State {
    fn to_byte(self) -> u8 {
        match self {
            State::Pending => 1,
            State::Ready => 2,
            State::Destroying => 3,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(State::Pending),
            2 => Some(State::Ready),
            3 => Some(State::Destroying),
            _ => None,
        }
    }
}

/// What is stored for a key: bincode 1.3, fixed-width little-endian integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredId {
    pub(crate) id: KeyId,
    pub(crate) state: State,
    /// The serial number of the key's token; `None` where it was not known.
    pub(crate) serial: Option<String>,
}

/// What is known of a key by its name.
#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    pub(crate) stored: StoredId,
    pub(crate) attributes: Attributes,
}

impl Serialize for StoredId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(FIELDS)?;
        tuple.serialize_element(&self.id.number())?;
        tuple.serialize_element(&MAGIC)?;
        tuple.serialize_element(&VERSION)?;
        tuple.serialize_element(&self.state.to_byte())?;
        tuple.serialize_element(self.serial.as_deref().unwrap_or_default())?;
        tuple.end()
    }
}

impl<'de> Deserialize<'de> for StoredId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(FIELDS, StoredIdVisitor)
    }
}

struct StoredIdVisitor;

impl<'de> Visitor<'de> for StoredIdVisitor {
    type Value = StoredId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a stored key identifier")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<StoredId, A::Error> {
        let number = fields
            .next_element::<u32>()?
            .ok_or_else(|| de::Error::invalid_length(0, &self))?;
        // Anything but a whole tail of this version is as good as none: the key is used, and as its
        // token is unknown, nothing is ever removed for it at start.
        let (state, serial) = tail(&mut fields).unwrap_or((State::Ready, None));
        Ok(StoredId {
            id: KeyId::new(number),
            state,
            serial,
        })
    }
}

fn tail<'de, A: SeqAccess<'de>>(fields: &mut A) -> Option<(State, Option<String>)> {
    if fields.next_element::<[u8; 4]>().ok()?? != MAGIC {
        return None;
    }
    if fields.next_element::<u8>().ok()?? != VERSION {
        return None;
    }
    let state = State::from_byte(fields.next_element::<u8>().ok()??)?;
    let serial = fields.next_element::<String>().ok()??;
    Some((state, (!serial.is_empty()).then_some(serial)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(state: State, serial: Option<&str>) -> StoredId {
        StoredId {
            id: KeyId::new(0x0102_0304),
            state,
            serial: serial.map(str::to_owned),
        }
    }

    #[test]
    fn bytes_are_those_of_the_format() {
        let bytes = bincode::serialize(&stored(State::Pending, Some("05ef"))).unwrap();
        assert_eq!(
            bytes,
            [
                &[4, 3, 2, 1][..],
                b"PECC",
                &[1, 1],
                &[4, 0, 0, 0, 0, 0, 0, 0],
                b"05ef"
            ]
            .concat()
        );
    }

    #[test]
    fn every_state_round_trips() {
        for state in [State::Pending, State::Ready, State::Destroying] {
            for serial in [None, Some("05ef")] {
                let bytes = bincode::serialize(&stored(state, serial)).unwrap();
                let read: StoredId = bincode::deserialize(&bytes).unwrap();
                assert_eq!(read, stored(state, serial));
            }
        }
    }

    #[test]
    fn upstream_reads_ours_and_we_read_upstreams() {
        let ours = bincode::serialize(&stored(State::Ready, Some("05ef"))).unwrap();
        assert_eq!(bincode::deserialize::<u32>(&ours).unwrap(), 0x0102_0304);

        let upstreams = bincode::serialize(&0x0102_0304_u32).unwrap();
        let read: StoredId = bincode::deserialize(&upstreams).unwrap();
        assert_eq!(read, stored(State::Ready, None));
    }

    #[test]
    fn a_damaged_tail_never_makes_a_key_removable() {
        let whole = bincode::serialize(&stored(State::Pending, Some("05ef"))).unwrap();
        for length in 4..whole.len() {
            let read: StoredId = bincode::deserialize(&whole[..length]).unwrap();
            assert_eq!(read, stored(State::Ready, None), "{length} bytes");
        }
        for length in 0..4 {
            assert!(bincode::deserialize::<StoredId>(&whole[..length]).is_err());
        }
        for (index, value) in [(4, b'X'), (8, 9), (9, 0)] {
            let mut changed = whole.clone();
            changed[index] = value;
            let read: StoredId = bincode::deserialize(&changed).unwrap();
            assert_eq!(read, stored(State::Ready, None), "byte {index}");
        }
    }
}
