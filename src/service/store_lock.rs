//! Owns the lock on the mappings: two services that use the same ones would undo each other's creations.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use log::warn;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::config_file::ConfigFile;
use crate::error::{Error, ErrorKind, Result};
use crate::generation;

/// What stands behind the name of a database for the file that is locked: closing one more handle of the database
/// itself would end the locks of SQLite.
const LOCK: &str = ".lock";

/// The mappings of a key info manager, for this process alone as long as this lives.
#[derive(Debug)]
pub(super) struct StoreLock {
    device: u64,
    inode: u64,
    /// `None` where the file system has no locks.
    _lock: Option<Flock<File>>,
}

impl StoreLock {
    /// Locks the mappings of the key info manager that `file` names, unless they are those that are `held`.
    ///
    /// # Errors
    /// If another service uses them, or if they cannot be opened.
    pub(super) fn take(file: &ConfigFile, held: Option<&Arc<Self>>) -> Result<Arc<Self>> {
        let directory = file.mappings_directory();
        let is_directory = directory.is_some();
        let path = directory
            .or_else(|| generation::database(&file.key_manager).map(lock_file_of))
            .unwrap_or_default();
        let unusable = |error: io::Error| {
            refused(format!(
                "the mappings cannot be locked for this service alone: {} must belong to the user of this service",
                path.display()
            ))
            .with_source(error)
        };
        let opened = match is_directory {
            true => open_directory(&path),
            false => open_file(&path),
        };
        let opened = opened.map_err(unusable)?;
        let metadata = opened.metadata().map_err(unusable)?;
        let (device, inode) = (metadata.dev(), metadata.ino());
        match held {
            Some(held) if (held.device, held.inode) == (device, inode) => {
                return Ok(Arc::clone(held));
            }
            _ => {}
        }
        let lock = match Flock::lock(opened, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => Some(lock),
            Err((_, Errno::EWOULDBLOCK)) => {
                return Err(refused(format!(
                    "another service uses the mappings ({} is locked): stop it, or give each a key_manager of its own",
                    path.display()
                )));
            }
            Err((_, errno)) => {
                warn!(
                    "the mappings cannot be locked ({} of {}): see that no other service uses them",
                    errno,
                    path.display()
                );
                None
            }
        };
        Ok(Arc::new(Self {
            device,
            inode,
            _lock: lock,
        }))
    }
}

/// That of an on-disk manager, which makes it in the same way if it is missing.
fn open_directory(path: &Path) -> io::Result<File> {
    fs::create_dir_all(path)?;
    File::open(path)
}

/// For reading, as a file that is open for writing keeps its file system from being made read-only.
fn open_file(path: &Path) -> io::Result<File> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        opened => return opened,
    }
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut new = OpenOptions::new();
    new.write(true).create(true).truncate(false).mode(0o600);
    new.open(path)?;
    File::open(path)
}

fn lock_file_of(database: PathBuf) -> PathBuf {
    let mut name = database.into_os_string();
    name.push(LOCK);
    name.into()
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::Configuration, message)
}
