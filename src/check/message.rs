//! Owns what supervisor and worker tell each other: one JSON object in a line, over a socket that is the
//! worker's standard input. The PIN follows the plan as bytes, never in JSON.

use std::io::{self, BufRead, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::level::Level;
use super::outcome::CaseResult;
use super::report::TokenDescription;
use super::request::Target;

/// No PIN is longer.
const MAX_PIN: u32 = 4096;

/// What a worker is to do.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) target: Target,
    /// The identifier of the run.
    pub(super) run: String,
    /// The identifiers of the cases, in order.
    pub(super) cases: Vec<String>,
    pub(super) level: Level,
    pub(super) quick: bool,
    pub(super) allow_wrong_pin: bool,
    /// The file of the journal.
    pub(super) journal: std::path::PathBuf,
    /// Whether the token is still to be described.
    pub(super) describe: bool,
    /// Whether a PIN follows.
    pub(super) has_pin: bool,
}

/// What a worker tells.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Message {
    /// The token was opened, or cannot be.
    Token(Box<TokenDescription>),
    /// The token cannot be opened, at first or any more: this worker ends; `pin_refused` if another try may lock the
    /// token.
    Unreachable { reason: String, pin_refused: bool },
    /// A case begins.
    Begun { id: String },
    /// A case ended.
    Ended(Box<CaseResult>),
    /// All cases ended, and what the run left on the token was removed.
    Done {
        removed: usize,
        problem: Option<String>,
    },
}

pub(super) fn send(out: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    out.write_all(&line)?;
    out.flush()
}

/// `None` at the end of the stream.
pub(super) fn receive<T: DeserializeOwned>(input: &mut impl BufRead) -> io::Result<Option<T>> {
    let mut line = String::new();
    match input.read_line(&mut line)? {
        0 => Ok(None),
        _ => Ok(Some(serde_json::from_str(&line)?)),
    }
}

pub(super) fn send_pin(out: &mut impl Write, pin: &[u8]) -> io::Result<()> {
    let len = u32::try_from(pin.len()).map_err(io::Error::other)?;
    out.write_all(&len.to_be_bytes())?;
    out.write_all(pin)?;
    out.flush()
}

/// `input` must not buffer: its buffer would keep the PIN.
pub(super) fn receive_pin(input: &mut impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut len = [0; 4];
    input.read_exact(&mut len)?;
    let len = u32::from_be_bytes(len);
    if len > MAX_PIN {
        return Err(io::Error::other("the PIN is too long"));
    }
    let len = usize::try_from(len).map_err(io::Error::other)?;
    let mut pin = Zeroizing::new(vec![0; len]);
    input.read_exact(&mut pin)?;
    Ok(pin)
}

/// Reads a line byte by byte, so that nothing of what follows is kept in a buffer.
pub(super) fn receive_unbuffered<T: DeserializeOwned>(input: &mut impl Read) -> io::Result<T> {
    let mut line = Vec::new();
    let mut byte = [0];
    loop {
        input.read_exact(&mut byte)?;
        if byte[0] == b'\n' {
            return Ok(serde_json::from_slice(&line)?);
        }
        line.push(byte[0]);
    }
}
