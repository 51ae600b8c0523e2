//! Owns the appearance of what was written: under another name first, whole and on the disk, then by its own
//! name at once.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::unistd::{Gid, Uid, syncfs};

use super::{file_error, refused};
use crate::error::{Error, Result};
use crate::generation::sqlite::{COMPANIONS, beside};
use crate::provider::mapping_store::remove_replacements;

/// The mode of directories that are made on the way to the target.
const DIRECTORY_MODE: u32 = 0o700;

/// Who files are made for: the owner of what is moved, if that is somebody else and we are root.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner(Option<(u32, u32)>);

impl Owner {
    pub(super) fn of(path: &Path) -> Result<Self> {
        let file = fs::metadata(path).map_err(|source| file_error("looked at", path, source))?;
        let (user, group) = (file.uid(), file.gid());
        let own = (Uid::effective().as_raw(), Gid::effective().as_raw());
        let is_to_be_given = Uid::effective().is_root() && (user, group) != own;
        Ok(Self(is_to_be_given.then_some((user, group))))
    }

    /// Never through a symbolic link: whoever owns the directory could put one there, to any file.
    pub(super) fn give(&self, path: &Path) -> io::Result<()> {
        match self.0 {
            Some((user, group)) => lchown(path, Some(user), Some(group)),
            None => Ok(()),
        }
    }
}

/// The place where a new database or directory is made, and no other migration beside this one.
#[derive(Debug)]
pub(super) struct Workplace {
    target: PathBuf,
    directory: PathBuf,
    unfinished: PathBuf,
    _lock: Flock<File>,
}

impl Workplace {
    /// Makes the directories above `target` where they are missing, and removes what a migration that was
    /// killed left.
    ///
    /// # Errors
    /// If another migration is at work there.
    pub(super) fn new(target: &Path, owner: &Owner) -> Result<Self> {
        let name = target.file_name().ok_or_else(|| {
            refused(format!(
                "{} is no path of a file or directory to be made",
                target.display()
            ))
        })?;
        let directory = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        make_directories(&directory, owner)
            .map_err(|source| file_error("created", &directory, source))?;
        let opened =
            File::open(&directory).map_err(|source| file_error("opened", &directory, source))?;
        let lock =
            Flock::lock(opened, FlockArg::LockExclusiveNonblock).map_err(
                |(_, errno)| match errno {
                    Errno::EWOULDBLOCK => refused(format!(
                        "another migration is at work in {}: wait until it ends",
                        directory.display()
                    )),
                    errno => file_error("locked", &directory, errno),
                },
            )?;
        let mut unfinished = OsString::from(".");
        unfinished.push(name);
        unfinished.push(".unfinished-migration");
        let workplace = Self {
            target: target.to_owned(),
            unfinished: directory.join(unfinished),
            directory,
            _lock: lock,
        };
        workplace
            .clear()
            .map_err(|source| file_error("removed", &workplace.unfinished, source))?;
        Ok(workplace)
    }

    /// Where the new one is made.
    pub(super) fn unfinished(&self) -> &Path {
        &self.unfinished
    }

    /// Removes what was made here so far.
    fn clear(&self) -> io::Result<()> {
        for suffix in [""].into_iter().chain(COMPANIONS) {
            let path = beside(&self.unfinished, suffix);
            let removed = match fs::symlink_metadata(&path) {
                Ok(file) if file.is_dir() => fs::remove_dir_all(&path),
                Ok(_) => fs::remove_file(&path),
                Err(error) => Err(error),
            };
            match removed {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Lets the file appear. One that came into being meanwhile is not replaced, unless `replace` says that
    /// there was one that holds nothing. Gives what failed once it was there.
    pub(super) fn publish_file(self, replace: bool) -> Result<Option<String>> {
        File::open(&self.unfinished)
            .and_then(|file| file.sync_all())
            .and_then(|()| match replace {
                true => fs::rename(&self.unfinished, &self.target),
                false => fs::hard_link(&self.unfinished, &self.target),
            })
            .map_err(|source| self.not_published(source))?;
        // A second name of the database, if it was not renamed.
        Ok(self.settled(self.clear()))
    }

    /// Lets the directory appear; one that holds no mapping is replaced, another one is not. Gives what failed
    /// once it was there.
    pub(super) fn publish_directory(self) -> Result<Option<String>> {
        File::open(&self.unfinished)
            .and_then(|directory| Ok(syncfs(directory)?))
            .and_then(|()| match self.target.exists() {
                true => remove_replacements(&self.target).and_then(|()| remove_empty(&self.target)),
                false => Ok(()),
            })
            .and_then(|()| fs::rename(&self.unfinished, &self.target))
            .map_err(|source| self.not_published(source))?;
        Ok(self.settled(Ok(())))
    }

    fn not_published(&self, source: io::Error) -> Error {
        match source.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => refused(format!(
                "{} came into being while this ran: nothing was changed; see that no service runs, and run this again",
                self.target.display()
            )),
            _ => file_error("written", &self.target, source),
        }
    }

    /// Whether what has appeared stays after a power failure, and by one name.
    fn settled(&self, cleared: io::Result<()>) -> Option<String> {
        let settled = cleared.and_then(|()| sync(&self.directory));
        settled.err().map(|error| {
            format!(
                "{} is there, but its directory cannot be written to the disk: {error}",
                self.target.display()
            )
        })
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        // If it fails, the next migration removes it.
        let _ = self.clear();
    }
}

fn make_directories(directory: &Path, owner: &Owner) -> io::Result<()> {
    if directory.as_os_str().is_empty() || directory.is_dir() {
        return Ok(());
    }
    if let Some(parent) = directory.parent() {
        make_directories(parent, owner)?;
    }
    match DirBuilder::new().mode(DIRECTORY_MODE).create(directory) {
        // Somebody else made it just now.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && directory.is_dir() => {
            return Ok(());
        }
        made => made?,
    }
    fs::set_permissions(directory, Permissions::from_mode(DIRECTORY_MODE))?;
    owner.give(directory)?;
    match directory.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync(parent),
        _ => sync(Path::new(".")),
    }
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Removes the empty directories below `directory`, which the manager leaves when keys are destroyed; they
/// would be in the way of a renaming.
fn remove_empty(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_empty(&entry.path())?;
            fs::remove_dir(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::tempdir;

    fn workplace(target: &Path) -> Workplace {
        let owner = Owner::of(target.parent().unwrap()).unwrap();
        Workplace::new(target, &owner).unwrap()
    }

    #[test]
    fn what_came_into_being_meanwhile_is_not_replaced() {
        let directory = tempdir().unwrap();
        let target = directory.path().join("file");
        let workplace = workplace(&target);
        fs::write(workplace.unfinished(), "new").unwrap();
        fs::write(&target, "old").unwrap();
        let error = workplace.publish_file(false).unwrap_err().to_string();
        assert!(error.contains("came into being"), "{error}");
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_directory_with_a_file_is_not_replaced() {
        let directory = tempdir().unwrap();
        let target = directory.path().join("mappings");
        let workplace = workplace(&target);
        fs::create_dir(workplace.unfinished()).unwrap();
        fs::create_dir_all(target.join("parsec")).unwrap();
        fs::write(target.join("parsec").join("file"), "old").unwrap();
        let error = workplace.publish_directory().unwrap_err().to_string();
        assert!(error.contains("came into being"), "{error}");
        assert_eq!(
            fs::read(target.join("parsec").join("file")).unwrap(),
            b"old"
        );
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn two_do_not_work_in_one_place() {
        let directory = tempdir().unwrap();
        let target = directory.path().join("file");
        let first = workplace(&target);
        fs::write(first.unfinished(), "new").unwrap();
        let owner = Owner::of(directory.path()).unwrap();
        let error = Workplace::new(&target, &owner).unwrap_err().to_string();
        assert!(error.contains("another migration"), "{error}");
        first.publish_file(false).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        drop(Workplace::new(&target, &owner).unwrap());
        assert_eq!(fs::read(&target).unwrap(), b"new");
    }
}
