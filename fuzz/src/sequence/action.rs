//! Owns what a sequence consists of: an input is decoded into these choices, small enough that a mutation of
//! a byte is another meaningful sequence.

use arbitrary::{Arbitrary, Unstructured};

use super::attributes::{AlgorithmChoice, AttributesChoice};
use super::bytes::{DigestChoice, KeyData, PeerChoice, SignatureChoice};
use crate::place::Options;

/// At most so many actions are taken, so that an input ends soon.
const MOST_ACTIONS: usize = 24;

/// One input.
#[derive(Debug)]
pub struct Sequence {
    pub(super) actions: Vec<Action>,
}

impl<'a> Arbitrary<'a> for Sequence {
    /// As many actions as the input has bytes for.
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let mut actions = Vec::new();
        while !bytes.is_empty() && actions.len() < MOST_ACTIONS {
            actions.push(bytes.arbitrary()?);
        }
        Ok(Self { actions })
    }
}

/// Who asks for which key.
#[derive(Arbitrary, Debug, Clone, Copy)]
pub(super) struct Key {
    application: u8,
    name: u8,
}

/// One operation.
#[derive(Arbitrary, Debug)]
pub(super) enum Action {
    Generate(Key, AttributesChoice),
    Import(Key, AttributesChoice, KeyData),
    Destroy(Key),
    ExportPublic(Key),
    Export(Key),
    SignHash(Key, AlgorithmChoice, DigestChoice),
    SignMessage(Key, AlgorithmChoice, DigestChoice),
    VerifyHash(Key, AlgorithmChoice, DigestChoice, SignatureChoice),
    VerifyMessage(Key, AlgorithmChoice, DigestChoice, SignatureChoice),
    Agree(Key, PeerChoice, bool),
    CanDo(u8, AttributesChoice),
    Random(u16),
    List,
    Restart(u8),
}

impl Key {
    pub(super) fn application(self) -> &'static str {
        ["alice", "bob", "ключ\n🔑"][usize::from(self.application) % 3]
    }

    /// Few names, so that actions meet.
    pub(super) fn name(self) -> String {
        match self.name {
            0..=79 => "key".to_owned(),
            80..=139 => "other".to_owned(),
            140..=189 => "third".to_owned(),
            190..=209 => "../ключ\0\n🔑".to_owned(),
            210..=229 => "n".repeat(189),
            230..=239 => "n".repeat(190),
            240..=247 => ".".to_owned(),
            _ => String::new(),
        }
    }
}

/// The options of a restart.
pub(super) fn options(bits: u8) -> Options {
    let bit = |number: u8| bits >> number & 1 == 1;
    Options {
        software: bit(0),
        forbid_export: bit(1),
        forbid_deprecated: bit(2),
        verify_after_sign: bit(3),
        no_handle_cache: bit(4),
        label_by_name: bit(5),
    }
}
