//! Owns the search for mapping files that the on-disk key info manager would refuse.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use parsec_interface::operations::psa_key_attributes::Attributes;
use serde::Deserialize;

use super::io_error;
use crate::error::Result;
use crate::generation::{INTERNAL_APPLICATION, ProviderId};
use crate::service::mapping_file;

/// The providers that names of internal keys begin with; other internal files are not read.
const INTERNAL_PREFIXES: [&str; 6] = [
    "core",
    "pkcs11",
    "mbedcrypto",
    "tpm",
    "trusted-service",
    "cryptoauthlib",
];

/// What the manager stores, as bincode.
#[derive(Deserialize)]
struct Mapping {
    #[serde(rename = "id")]
    _id: Vec<u8>,
    #[serde(rename = "attributes")]
    _attributes: Attributes,
}

/// A file that the manager would refuse.
#[derive(Debug)]
pub(super) struct DamagedFile {
    /// Relative to the store.
    pub(super) path: PathBuf,
    /// What is wrong with it.
    pub(super) reason: &'static str,
    /// Whether a symbolic link on the way to it may lead out of the store.
    pub(super) behind_link: bool,
}

/// Looks at each file that the manager reads: `APPLICATION/PROVIDER/KEY` and `parsec/KEY`, both
/// also through symbolic links; and at what is in the way of the directory `parsec`, which it makes. An
/// absent store has none.
pub(super) fn damaged_files(store: &Path) -> Result<Vec<DamagedFile>> {
    let mut damaged = Vec::new();
    if !store.exists() {
        return Ok(damaged);
    }
    if let Some(name) = INTERNAL_APPLICATION {
        let internal = store.join(name);
        if internal.symlink_metadata().is_ok() && !internal.is_dir() {
            damaged.push(DamagedFile {
                path: PathBuf::from(name),
                reason: "it is in the place of a directory",
                behind_link: false,
            });
        }
    }
    for application in entries(store)?.into_iter().filter(|path| path.is_dir()) {
        let children = entries(&application)?;
        if INTERNAL_APPLICATION
            .is_some_and(|name| application.file_name() == Some(OsStr::new(name)))
        {
            for key in children.iter().filter(|path| path.is_file()) {
                let check = check_internal_name(key);
                note(store, key, check, &mut damaged)?;
            }
        }
        for provider in children.into_iter().filter(|path| path.is_dir()) {
            for key in entries(&provider)?.iter().filter(|path| path.is_file()) {
                let check = check_names(&application, &provider, key);
                note(store, key, check.map(|()| true), &mut damaged)?;
            }
        }
    }
    damaged.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(damaged)
}

/// Adds `file` to `damaged` if its name is wrong, or if its content is to be read and is wrong.
fn note(
    store: &Path,
    file: &Path,
    name: std::result::Result<bool, &'static str>,
    damaged: &mut Vec<DamagedFile>,
) -> Result<()> {
    let reason = match name {
        Ok(false) => None,
        Ok(true) => content_damage(file).map_err(|error| io_error("read", file, error))?,
        Err(reason) => Some(reason),
    };
    if let (Some(reason), Ok(path)) = (reason, file.strip_prefix(store)) {
        let behind_link = path.ancestors().skip(1).any(|directory| {
            !directory.as_os_str().is_empty() && store.join(directory).is_symlink()
        });
        damaged.push(DamagedFile {
            path: path.to_owned(),
            reason,
            behind_link,
        });
    }
    Ok(())
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    fs::read_dir(directory)
        .and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect()
        })
        .map_err(|error| io_error("listed", directory, error))
}

fn check_names(
    application: &Path,
    provider: &Path,
    key: &Path,
) -> std::result::Result<(), &'static str> {
    decoded_name(application)
        .ok_or("the name of the application's directory is not base64url of UTF-8")?;
    file_name(provider)
        .and_then(|name| name.parse::<u8>().ok())
        .and_then(|number| ProviderId::try_from(number).ok())
        .ok_or("the name of the provider's directory is not the number of one")?;
    decoded_name(key).ok_or("its name is not base64url of UTF-8")?;
    Ok(())
}

/// Whether the manager reads the content, too.
fn check_internal_name(key: &Path) -> std::result::Result<bool, &'static str> {
    let name = decoded_name(key).ok_or("its name is not base64url of UTF-8")?;
    Ok(INTERNAL_PREFIXES
        .iter()
        .any(|prefix| name.starts_with(prefix)))
}

fn file_name(path: &Path) -> Option<&str> {
    path.file_name().and_then(OsStr::to_str)
}

fn decoded_name(path: &Path) -> Option<String> {
    let bytes = URL_SAFE.decode(file_name(path)?).ok()?;
    String::from_utf8(bytes).ok()
}

/// What is wrong with the content, if anything.
fn content_damage(file: &Path) -> io::Result<Option<&'static str>> {
    Ok(match mapping_file::read(file)? {
        Err(reason) => Some(reason),
        Ok(content) if content.is_empty() => Some("it is empty"),
        Ok(content) if bincode::deserialize::<Mapping>(&content).is_err() => {
            Some("its content does not decode")
        }
        Ok(_) => None,
    })
}
