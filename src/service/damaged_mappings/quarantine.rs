//! Owns the moving of damaged mapping files to a directory beside their store.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::io_error;
use super::scan::DamagedFile;
use crate::error::{Error, ErrorKind, Result};

/// Moves `files` and gives the directory where they are, relative paths kept.
pub(super) fn move_files(store: &Path, files: &[DamagedFile]) -> Result<PathBuf> {
    // Through such a link the file may be anyone's; moving it is for a person to decide.
    if let Some(file) = files.iter().find(|file| file.behind_link) {
        return Err(Error::new(
            ErrorKind::Configuration,
            format!(
                "the mapping file {} is damaged ({}) and behind a symbolic link: move it away by hand",
                store.join(&file.path).display(),
                file.reason
            ),
        ));
    }
    let destination = new_directory(
        store,
        &Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string(),
    )?;
    let mut touched = BTreeSet::from([destination.clone()]);
    for file in files {
        let (from, to) = (store.join(&file.path), destination.join(&file.path));
        if let Some(parent) = to.parent() {
            private_directory()
                .recursive(true)
                .create(parent)
                .map_err(|error| io_error("created", parent, error))?;
        }
        move_file(&from, &to).map_err(|error| io_error("moved", &from, error))?;
        let ancestors = from.ancestors().skip(1).zip(to.ancestors().skip(1));
        for (from, to) in ancestors.take(file.path.components().count()) {
            touched.extend([from.to_owned(), to.to_owned()]);
        }
    }
    touched.extend(destination.parent().map(Path::to_owned));
    for directory in &touched {
        File::open(directory)
            .and_then(|directory| directory.sync_all())
            .map_err(|error| io_error("written to the disk", directory, error))?;
    }
    Ok(destination)
}

/// Makes `STORE.damaged-TIME`, with a number behind it if it is there already.
fn new_directory(store: &Path, time: &str) -> Result<PathBuf> {
    // The place beside what a link to the store points to is on the same file system.
    let store = fs::canonicalize(store).map_err(|error| io_error("found", store, error))?;
    let mut number = 0_u32;
    loop {
        let mut name = OsString::from(store.as_os_str());
        name.push(format!(".damaged-{time}"));
        if number > 0 {
            name.push(format!("-{number}"));
        }
        let directory = PathBuf::from(name);
        match private_directory().create(&directory) {
            Ok(()) => return Ok(directory),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(io_error("created", &directory, error)),
        }
    }
}

fn private_directory() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

/// Renames, or copies where the store is a mount point of its own. A symbolic link stays one.
fn move_file(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {}
        done => return done,
    }
    if from.is_symlink() {
        symlink(fs::read_link(from)?, to)?;
    } else {
        let mut copy = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(to)?;
        io::copy(&mut File::open(from)?, &mut copy)?;
        copy.sync_all()?;
    }
    fs::remove_file(from)
}
