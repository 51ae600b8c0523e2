//! Owns the care for mapping files that the on-disk key info manager cannot read.
//!
//! The manager refuses to start over one such file, and with it the whole service. So before it
//! is built, each file is read the way the manager reads it; what it would refuse is moved to
//! `STORE.damaged-TIME/`, under the same relative path, and never deleted.

mod quarantine;
mod scan;

use std::path::{Path, PathBuf};

use log::error;

use crate::error::{Error, ErrorKind, Result};

/// The relative paths of all files in `store` that the manager would refuse.
///
/// # Errors
/// If a directory or file cannot be read: it may be sound, so it is not touched.
pub(super) fn find(store: &Path) -> Result<Vec<PathBuf>> {
    Ok(scan::damaged_files(store)?
        .into_iter()
        .map(|file| file.path)
        .collect())
}

/// Moves all files that the manager would refuse out of `store`, and logs where each one went.
///
/// # Errors
/// As [`find`], and if a file cannot be moved. Each file is then where it was or where it goes.
pub(super) fn move_aside(store: &Path) -> Result<()> {
    let files = scan::damaged_files(store)?;
    if files.is_empty() {
        return Ok(());
    }
    let destination = quarantine::move_files(store, &files)?;
    for file in &files {
        error!(
            "the mapping file {} is damaged ({}): moved to {}; its key is still on the token, but no client can name it",
            store.join(&file.path).display(),
            file.reason,
            destination.join(&file.path).display()
        );
    }
    error!(
        "{} damaged mapping files were moved to {}: put good copies of them back into {} and reload",
        files.len(),
        destination.display(),
        store.display()
    );
    Ok(())
}

fn io_error(what: &str, path: &Path, error: std::io::Error) -> Error {
    Error::new(
        ErrorKind::Configuration,
        format!(
            "the mappings: {} cannot be {what}; it must belong to the user of this service",
            path.display()
        ),
    )
    .with_source(error)
}

#[cfg(test)]
mod tests;
