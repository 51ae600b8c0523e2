//! Owns the durability of a database: Parsec's SQLite manager commits by removing SQLite's journal, and does not
//! wait until the removal is on the disk.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// The file of Parsec's SQLite key info manager.
#[derive(Debug)]
pub(super) struct DatabaseFile {
    directory: PathBuf,
}

impl DatabaseFile {
    pub(super) fn new(path: &Path) -> Self {
        let directory = match path.parent() {
            Some(directory) if !directory.as_os_str().is_empty() => directory,
            _ => Path::new("."),
        };
        Self {
            directory: directory.to_owned(),
        }
    }

    /// Waits until what was committed stays so: a journal that a power failure brings back undoes it.
    ///
    /// SQLite does so itself only with `PRAGMA synchronous = EXTRA`, which the manager does not set.
    pub(super) fn sync(&self) -> io::Result<()> {
        File::open(&self.directory)?.sync_all()
    }
}
