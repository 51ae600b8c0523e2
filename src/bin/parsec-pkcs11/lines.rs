//! Owns the printing of lines: that nobody takes one, as the disk is full or the reader gone, changes no exit code.

use std::fmt::Display;
use std::io::{self, Write};

/// Prints a line on the standard output.
pub(super) fn say(text: impl Display) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Prints a line on the standard error.
pub(super) fn complain(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}
