//! Owns the making of a database where there is none: Parsec's SQLite manager makes its tables one after the
//! other, and refuses a database in which a crash has left only the first.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use parsec_interface::requests::AuthType;
use parsec_service::key_info_managers::KeyInfoManagerFactory;
use parsec_service::utils::config::{KeyInfoManagerConfig, KeyInfoManagerType};

/// What stands behind the name of a database that is not whole yet.
const UNFINISHED: &str = ".unfinished";

/// What SQLite appends to the name of a database for the files beside it, whose content it writes into the
/// database when it opens that.
pub(crate) const COMPANIONS: [&str; 3] = ["-journal", "-wal", "-shm"];

/// Lets Parsec's manager make a database under another name, which then becomes `path` at once.
///
/// Nothing is done where there is one, or what SQLite left of one: that is for the manager to look at.
pub(super) fn make(path: &Path, auth_type: AuthType) -> Result<(), String> {
    let is_there = |path: PathBuf| path.symlink_metadata().is_ok();
    let mut names = [""].into_iter().chain(COMPANIONS);
    if names.any(|suffix| is_there(beside(path, suffix))) {
        return Ok(());
    }
    let unfinished = beside(path, UNFINISHED);
    remove(&unfinished)
        .and_then(|()| {
            let config = KeyInfoManagerConfig {
                name: String::new(),
                manager_type: KeyInfoManagerType::SQLite,
                store_path: None,
                sqlite_db_path: unfinished.to_str().map(str::to_owned),
            };
            KeyInfoManagerFactory::new(&config, auth_type).map_err(io::Error::other)?;
            File::open(&unfinished)?.sync_all()?;
            fs::rename(&unfinished, path)
        })
        .map_err(|error| format!("a new database {} cannot be made ({error})", path.display()))
}

/// Removes what a crash left of an earlier attempt.
fn remove(unfinished: &Path) -> io::Result<()> {
    for suffix in [""].into_iter().chain(COMPANIONS) {
        match fs::remove_file(beside(unfinished, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The path of a file beside the database at `path`, which is named by a suffix.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn what_a_crash_left_is_begun_anew() -> Tested {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("kim.sqlite3");
        let unfinished = beside(&path, UNFINISHED);
        fs::write(&unfinished, "half a database")?;
        fs::write(beside(&unfinished, "-journal"), "a journal")?;
        make(&path, AuthType::Direct)?;
        assert!(fs::read(&path)?.starts_with(b"SQLite format 3\0"));
        assert_eq!(fs::read_dir(directory.path())?.count(), 1);
        Ok(())
    }

    #[test]
    fn directories_are_made() -> Tested {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("made/too/kim.sqlite3");
        make(&path, AuthType::Direct)?;
        assert!(path.exists());
        Ok(())
    }

    #[test]
    fn what_is_there_is_left() -> Tested {
        for name in ["kim", "kim-journal", "kim-wal", "kim-shm"] {
            let directory = tempfile::tempdir()?;
            fs::write(directory.path().join(name), "something")?;
            make(&directory.path().join("kim"), AuthType::Direct)?;
            let left = fs::read_dir(directory.path())?.count();
            let content = fs::read_to_string(directory.path().join(name))?;
            assert_eq!((left, content.as_str()), (1, "something"), "{name}");
        }
        Ok(())
    }
}
