//! Owns the walk through the directory of the on-disk manager: every file, wherever it is.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::file_error;
use crate::error::Result;

/// `APPLICATION/PROVIDER/KEY`; nothing is read below, so that links cannot lead in circles.
const DEEPEST: usize = 3;

/// Something that is no directory, or a directory too far down.
#[derive(Debug)]
pub(super) struct Entry {
    /// The parts of its path below the directory.
    pub(super) parts: Vec<OsString>,
    pub(super) what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    File,
    /// A socket, a pipe, a device, or a link that leads nowhere: never opened.
    Special,
    TooDeep,
}

impl Entry {
    pub(super) fn path(&self) -> PathBuf {
        self.parts.iter().collect()
    }
}

/// All of it, sorted by path. Symbolic links are followed, as the manager does.
pub(super) fn walk(store: &Path) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    descend(store, &mut Vec::new(), &mut entries)?;
    entries.sort_by(|a, b| a.parts.cmp(&b.parts));
    Ok(entries)
}

fn descend(directory: &Path, parts: &mut Vec<OsString>, entries: &mut Vec<Entry>) -> Result<()> {
    let unreadable = |source| file_error("listed", directory, source);
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        let own = entry.file_type().map_err(unreadable)?;
        let kind = match own.is_symlink() {
            true => fs::metadata(&path).ok().map(|file| file.file_type()),
            false => Some(own),
        };
        parts.push(entry.file_name());
        let what = match kind {
            Some(kind) if kind.is_file() => Some(What::File),
            Some(kind) if kind.is_dir() && parts.len() == DEEPEST => Some(What::TooDeep),
            Some(kind) if kind.is_dir() => {
                descend(&path, parts, entries)?;
                None
            }
            _ => Some(What::Special),
        };
        if let Some(what) = what {
            entries.push(Entry {
                parts: parts.clone(),
                what,
            });
        }
        parts.pop();
    }
    Ok(())
}
