//! Owns `serve --check-config`: all that can be known about a configuration without the token.

use std::path::{Path, PathBuf};

use log::LevelFilter;
use nix::unistd::{AccessFlags, eaccess};

use super::config_file::ConfigFile;
use super::listener::not_a_socket;
use super::{damaged_mappings, logger};
use crate::config::Config;
use crate::generation::{self, CoreSettings};

/// Everything that is wrong with the configuration file at `path`, one sentence each.
///
/// Stricter than the service: keys that nothing reads are problems. Starts nothing, changes
/// nothing, and neither loads the PKCS#11 module nor looks at a token. Whether files can be
/// used is checked for the user who asks, so ask as the user of the service.
#[must_use]
pub fn check_config(path: &Path) -> Vec<String> {
    let file = match ConfigFile::read(path) {
        Ok(file) => file,
        Err(error) => return vec![error.to_string()],
    };
    // What the check of an option only warns about is to be seen, too.
    logger::start(&CoreSettings {
        log_level: Some(LevelFilter::Warn),
        ..file.core_settings
    });
    let mut problems = file.warnings.clone();
    match Config::try_from(file.section.clone()) {
        Ok(config) => problems.extend(library_problem(&config.library_path)),
        Err(error) => problems.push(error.to_string()),
    }
    problems.extend(mapping_problems(&file));
    problems.extend(socket_problem(file.socket_path()));
    problems
}

/// A bare name is looked up by the dynamic linker, in places of its own.
fn library_problem(path: &Path) -> Option<String> {
    let bare_name = path.components().count() == 1 && path.is_relative();
    if bare_name || (path.is_file() && eaccess(path, AccessFlags::R_OK).is_ok()) {
        return None;
    }
    Some(format!(
        "library_path: {} is not a file that can be read: install the PKCS#11 module, or correct the path",
        path.display()
    ))
}

fn mapping_problems(file: &ConfigFile) -> Vec<String> {
    if let Some(database) = generation::database(&file.key_manager) {
        if database.is_dir() {
            return vec![format!(
                "sqlite_db_path: {} is a directory: name the file in it that is the database",
                database.display()
            )];
        }
        return place_problem("sqlite_db_path", &database);
    }
    let Some(store) = file.mappings_directory() else {
        return Vec::new();
    };
    if store.exists() && !store.is_dir() {
        return vec![format!(
            "store_path: {} is no directory: name the one that the mappings are in",
            store.display()
        )];
    }
    let problems = place_problem("store_path", &store);
    if !problems.is_empty() {
        return problems;
    }
    match damaged_mappings::find(&store) {
        Ok(files) => files
            .iter()
            .map(|path| {
                format!(
                    "the mapping file {} is damaged: `serve` would move it to {}.damaged-TIME",
                    store.join(path).display(),
                    store.display()
                )
            })
            .collect(),
        Err(error) => vec![error.to_string()],
    }
}

/// Whether `path` can be written to, or be made with the directories above it.
fn place_problem(option: &str, path: &Path) -> Vec<String> {
    // `ancestors` of a relative path end in the empty one, which is the working directory.
    let nearest = path
        .ancestors()
        .find(|path| path.exists())
        .map(Path::to_owned);
    let nearest = nearest.unwrap_or_else(|| PathBuf::from("."));
    let needed = if nearest.is_dir() {
        AccessFlags::W_OK | AccessFlags::X_OK
    } else {
        AccessFlags::R_OK | AccessFlags::W_OK
    };
    if eaccess(&nearest, needed).is_ok() && (nearest == path || nearest.is_dir()) {
        return Vec::new();
    }
    vec![format!(
        "{option}: {} cannot be written to by this user, as {} is not writable: give it to the user of the \
         service, or name another place",
        path.display(),
        nearest.display()
    )]
}

/// Whether a socket can be made at `path`. That one answers there is no problem: it may be the
/// service whose next configuration is checked.
fn socket_problem(path: &Path) -> Option<String> {
    use std::os::unix::fs::FileTypeExt;
    let is_socket = |file: std::fs::Metadata| file.file_type().is_socket();
    if std::fs::symlink_metadata(path).is_ok_and(|file| !is_socket(file)) {
        return Some(not_a_socket(path));
    }
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if directory.is_dir() && eaccess(directory, AccessFlags::W_OK | AccessFlags::X_OK).is_ok() {
        return None;
    }
    Some(format!(
        "socket_path: the directory {} does not exist or is not writable by this user: make it and give it to \
         the user of the service, or name another place",
        directory.display()
    ))
}
