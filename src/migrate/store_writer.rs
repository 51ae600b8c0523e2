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
        if mapping.application != INTERNAL_APP_NAME {
            return Err(
                "on disk what a provider made for itself is of the application parsec, and this is of another",
            );
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::provider_kind::ProviderKind;
    use parsec_service::authenticators::Auth;

    #[test]
    fn an_internal_key_of_another_application_has_no_place() {
        let attributes = bincode::deserialize(&[0; 64]).unwrap();
        let mut mapping = Mapping {
            auth: Auth::Internal,
            application: INTERNAL_APP_NAME.to_owned(),
            provider: ProviderKind::with_number(0).unwrap(),
            provider_name: String::new(),
            name: " key".to_owned(),
            id: Vec::new(),
            attributes,
        };
        assert_eq!(path(&mapping), Ok("parsec/Y29yZSBrZXk=".into()));
        // Read again, it would be another mapping.
        mapping.application = "1000".to_owned();
        assert!(path(&mapping).unwrap_err().contains("application"));
    }
}
