//! Owns the report as JSON: the form that docs/check-report-1.schema.json describes.

use super::Report;
use crate::error::{Error, ErrorKind, Result};

/// The report in JSON.
///
/// # Errors
///
/// [`ErrorKind::InsufficientMemory`] if there is no room for it.
pub fn write(report: &Report) -> Result<String> {
    serde_json::to_string_pretty(report)
        .map(|text| text + "\n")
        .map_err(|source| {
            Error::new(
                ErrorKind::InsufficientMemory,
                "the report cannot be written",
            )
            .with_source(source)
        })
}

/// Reads an earlier report.
///
/// # Errors
///
/// [`ErrorKind::Configuration`] if it is none, or of another version.
pub fn read(text: &str) -> Result<Report> {
    let refused = |message: String| Error::new(ErrorKind::Configuration, message);
    let report: Report = serde_json::from_str(text)
        .map_err(|source| refused("this is no report of a check".to_owned()).with_source(source))?;
    match report.version == super::VERSION {
        true => Ok(report),
        false => Err(refused(format!(
            "the report has version {}, and this program reads version {}",
            report.version,
            super::VERSION
        ))),
    }
}
