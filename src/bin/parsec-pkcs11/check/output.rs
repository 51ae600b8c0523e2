//! Owns what a check prints and writes, and what it reads of an earlier one.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use parsec_pkcs11_ecc::check::report::terminal::Paint;
use parsec_pkcs11_ecc::check::report::{Report, html, json, junit, markdown, profile};
use parsec_pkcs11_ecc::{Error, Result};

use super::{Arguments, refused};

/// Colours on a terminal, unless <https://no-color.org> is asked for.
pub(crate) fn paint(is_terminal: bool) -> Paint {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    match is_terminal && !unwanted {
        true => Paint::COLOURS,
        false => Paint::PLAIN,
    }
}

/// Prints a text. Whoever closes the pipe has read enough: the reports are written all the same.
pub(super) fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes each report that was asked for, also when another one cannot be written.
///
/// # Errors
///
/// The first one's that cannot.
pub(super) fn write_reports(arguments: &Arguments, report: &Report) -> Result<()> {
    let written = [
        written(arguments.json.as_deref(), || json::write(report)),
        written(arguments.junit.as_deref(), || junit::write(report)),
        written(arguments.markdown.as_deref(), || {
            Ok(markdown::write(report))
        }),
        written(arguments.write_profile.as_deref(), || {
            Ok(profile::write(report))
        }),
        written(arguments.html.as_deref(), || Ok(html::write(report))),
    ];
    written.into_iter().collect()
}

/// Reads the report to compare with.
///
/// # Errors
///
/// [`Configuration`](parsec_pkcs11_ecc::ErrorKind::Configuration) if it is none.
pub(super) fn read_baseline(path: &Path) -> Result<Report> {
    let unreadable = |source: Error| {
        refused(format!(
            "the baseline {} cannot be used: {source}",
            path.display()
        ))
    };
    let text = fs::read_to_string(path).map_err(|source| {
        refused(format!(
            "the baseline {} cannot be read: {source}",
            path.display()
        ))
    })?;
    json::read(&text).map_err(unreadable)
}

fn written(path: Option<&Path>, make: impl FnOnce() -> Result<String>) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    fs::write(path, make()?)
        .map_err(|source| refused(format!("{} cannot be written: {source}", path.display())))
}
