//! Owns snapshots of directories: everything that a change would show in.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Path, mode, owner, inode, time of the last change of content and of the file itself, content.
pub(crate) type Snapshot = Vec<(PathBuf, u32, u32, u64, (i64, i64), (i64, i64), Vec<u8>)>;

pub(crate) fn snapshot(path: &Path) -> Snapshot {
    let mut files = Vec::new();
    add(path, &mut files);
    files.sort();
    files
}

fn add(path: &Path, files: &mut Snapshot) {
    let Ok(file) = fs::symlink_metadata(path) else {
        return;
    };
    let content = match file.is_file() {
        true => fs::read(path).unwrap(),
        false => Vec::new(),
    };
    files.push((
        path.to_owned(),
        file.mode(),
        file.uid(),
        file.ino(),
        (file.mtime(), file.mtime_nsec()),
        (file.ctime(), file.ctime_nsec()),
        content,
    ));
    if file.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            add(&entry.unwrap().path(), files);
        }
    }
}

/// Paths below `root` and contents of all files.
pub(crate) fn files(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    snapshot(root)
        .into_iter()
        .filter(|(path, ..)| path.is_file())
        .map(|(path, .., content)| (path.strip_prefix(root).unwrap().to_owned(), content))
        .collect()
}
