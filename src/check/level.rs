//! Owns the levels: what a token must be able to do for Parsec.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a token is held against; docs/check.md has the table.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
pub enum Level {
    /// Keys on secp256r1 that sign and verify, kept on the token, and no wrong answer in it.
    #[default]
    #[serde(rename = "parsec-minimum")]
    Minimum,
    /// Generation, signatures, key agreement and public keys in both directions on secp256r1, secp384r1 and
    /// secp521r1, many clients at once, and no wrong answer on any curve that the token has.
    #[serde(rename = "parsec-full")]
    Full,
}

impl Level {
    /// All of them, the lowest first.
    pub const ALL: [Self; 2] = [Self::Minimum, Self::Full];

    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minimum => "parsec-minimum",
            Self::Full => "parsec-full",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|level| level.name() == text)
            .ok_or_else(|| "the levels are parsec-minimum and parsec-full".to_owned())
    }
}

/// Which level needs a case, and whether a token may lack what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// None: it is reported only.
    None,
    /// From this level on it must not fail; a token may lack it.
    NotWrong(Level),
    /// From this level on it must work.
    Works(Level),
}

impl Need {
    /// The lowest level that asks for it.
    pub(crate) fn level(self) -> Option<Level> {
        match self {
            Self::None => None,
            Self::NotWrong(level) | Self::Works(level) => Some(level),
        }
    }

    /// Whether `level` asks for it.
    pub(crate) fn applies(self, level: Level) -> bool {
        self.level().is_some_and(|lowest| lowest <= level)
    }
}
