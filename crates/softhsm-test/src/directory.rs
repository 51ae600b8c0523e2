//! Owns the private directories: made with mode 0700, locked while in use, removed afterwards.
//!
//! A process that is killed leaves its directory behind. Its lock ends with it, so the next one
//! that makes a directory removes it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, io, process};

use rustix::fs::{FlockOperation, OFlags, flock};

use crate::error::{Error, Result};

const PREFIX: &str = "softhsm-test-";
const LOCK: &str = "lock";

/// A directory younger than this is never stale: its process may not have locked it yet.
const YOUNG: Duration = Duration::from_secs(60);

/// A directory that is there for as long as this value is.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    owner: u32,
    _lock: File,
}

impl Directory {
    /// A path in the directory for temporary files that nothing has; it is not made yet.
    pub(crate) fn unused_path() -> Result<PathBuf> {
        let mut random = [0; 8];
        getrandom::fill(&mut random)?;
        let name = format!("{PREFIX}{}-{}", process::id(), hex::encode(random));
        Ok(env::temp_dir().join(name))
    }

    /// Makes the directory; it must not exist.
    pub(crate) fn create(path: PathBuf) -> Result<Self> {
        remove_stale(&env::temp_dir());
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(Error::io(&path))?;
        let lock = open_lock(&path, true).map_err(Error::io(&path))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .map_err(|errno| Error::io(&path)(errno.into()))?;
        Ok(Self {
            path,
            owner: process::id(),
            _lock: lock,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // A forked child has a copy of this value, but not the right to remove the directory.
        if self.owner == process::id() {
            // Nobody is left to tell; what remains is removed as stale later.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn open_lock(directory: &Path, create: bool) -> io::Result<File> {
    let no_follow = i32::try_from(OFlags::NOFOLLOW.bits()).map_err(io::Error::other)?;
    OpenOptions::new()
        .write(true)
        .create_new(create)
        .mode(0o600)
        .custom_flags(no_follow)
        .open(directory.join(LOCK))
}

/// Removes the directories of processes that ended without doing so.
///
/// Failures do not matter here: another process may be removing the same one.
fn remove_stale(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            let path = entry.path();
            if is_stale(&path).unwrap_or(false) {
                let _ = fs::remove_dir_all(&path);
            }
        }
    }
}

fn is_stale(path: &Path) -> io::Result<bool> {
    let metadata = fs::symlink_metadata(path)?;
    let ours = metadata.is_dir() && metadata.uid() == rustix::process::geteuid().as_raw();
    // The clock may have been set back since.
    let age = metadata.modified()?.elapsed();
    let young = age.map_or(true, |age| age < YOUNG);
    if !ours || young {
        return Ok(false);
    }
    match open_lock(path, false) {
        Ok(lock) => Ok(flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok()),
        Err(error) => Ok(error.kind() == io::ErrorKind::NotFound),
    }
}
