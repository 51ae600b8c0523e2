//! Owns the writing of a directory of the on-disk manager.

use std::collections::HashSet;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use parsec_service::authenticators::INTERNAL_APP_NAME;
use parsec_service::key_info_managers::on_disk_manager::{DIR_PERMISSION, FILE_PERMISSION};

use super::mapping::{Mapping, encode_file};
use super::migration::{Observer, Step};
use super::publication::Owner;
use super::{file_error, key_name};
use crate::error::Result;

/// The path of a mapping below the directory.
///
/// # Errors
/// Why the directory cannot hold it.
pub(super) fn path(mapping: &Mapping) -> std::result::Result<PathBuf, &'static str> {
    if mapping.is_internal() {
        let name = format!("{}{}", mapping.provider.internal_prefix, mapping.name);
        return Ok(Path::new(INTERNAL_APP_NAME).join(key_name::encode(&name)?));
    }
    Ok(PathBuf::from(key_name::encode(&mapping.application)?)
        .join(mapping.provider.number.to_string())
        .join(key_name::encode(&mapping.name)?))
}

/// Makes `directory` with all mappings in it, for `owner`. It is not on the disk yet.
pub(super) fn write(
    directory: &Path,
    mappings: &[Mapping],
    owner: &Owner,
    observer: &mut dyn Observer,
) -> Result<()> {
    let mut made = HashSet::new();
    make_directory(directory, owner)?;
    // The manager makes it at each start, for the keys of providers.
    make_directory(&directory.join(INTERNAL_APP_NAME), owner)?;
    made.insert(PathBuf::from(INTERNAL_APP_NAME));
    observer.begin(Step::Write, mappings.len());
    for mapping in mappings {
        let relative = path(mapping).map_err(super::refused)?;
        let parents: Vec<&Path> = relative.ancestors().skip(1).collect();
        for parent in parents.into_iter().rev() {
            if !parent.as_os_str().is_empty() && made.insert(parent.to_owned()) {
                make_directory(&directory.join(parent), owner)?;
            }
        }
        let file = directory.join(&relative);
        let content = encode_file(mapping).map_err(|source| {
            super::refused("a mapping cannot be encoded: report this as a defect")
                .with_source(source)
        })?;
        write_file(&file, &content)
            .and_then(|()| owner.give(&file))
            .map_err(|source| file_error("written", &file, source))?;
        observer.advance();
    }
    Ok(())
}

fn make_directory(path: &Path, owner: &Owner) -> Result<()> {
    DirBuilder::new()
        .mode(DIR_PERMISSION)
        .create(path)
        .and_then(|()| owner.give(path))
        .map_err(|source| file_error("created", path, source))
}

fn write_file(path: &Path, content: &[u8]) -> io::Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(FILE_PERMISSION)
        .open(path)?
        .write_all(content)
}
