//! Owns the colours of the terminal, and that a token cannot bring its own.

use crate::check::outcome::Outcome;

/// Whether there are colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    colours: bool,
}

impl Paint {
    /// Without colours.
    pub const PLAIN: Self = Self { colours: false };

    /// With colours.
    pub const COLOURS: Self = Self { colours: true };

    /// The word for an outcome.
    pub fn outcome(self, outcome: Outcome) -> String {
        let code = match outcome {
            Outcome::Pass => 32,
            Outcome::Warn => 33,
            Outcome::Skip => 36,
            Outcome::Fail => 31,
        };
        self.code(code, outcome.word())
    }

    /// A title.
    pub(super) fn title(self, text: &str) -> String {
        self.code(1, text)
    }

    /// The verdict.
    pub(super) fn verdict(self, text: &str, passed: bool) -> String {
        let code = match passed {
            true => 32,
            false => 31,
        };
        self.code(1, &self.code(code, text))
    }

    /// A table, whose words for outcomes get their colours; they have their width already.
    pub(super) fn table(self, text: &str) -> String {
        let painted =
            |text: String, outcome: Outcome| text.replace(outcome.word(), &self.outcome(outcome));
        Outcome::ALL.into_iter().fold(text.to_owned(), painted)
    }

    fn code(self, code: u8, text: &str) -> String {
        match self.colours {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

/// A text in one line, in which control characters are shown as escapes: some of it comes from the token.
pub fn printable(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_control() {
            true => line.extend(character.escape_default()),
            false => line.push(character),
        }
    }
    line
}
