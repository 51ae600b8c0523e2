//! Owns the durability of mapping files: Parsec's on-disk manager writes them in place, without
//! `fsync`.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use log::debug;
use parsec_interface::operations::psa_key_attributes::Attributes;
use serde::{Deserialize, Serialize};

use crate::generation::{self, KeyIdentity};

use super::stored_id::{Mapping, StoredId};

/// The longest file name of the file systems that Parsec runs on, in bytes.
const MAX_FILE_NAME: usize = 255;

/// The mode that the manager gives to mapping files.
const FILE_MODE: u32 = 0o600;

/// The number of [`ProviderId::Pkcs11`](crate::generation::ProviderId::Pkcs11).
const PROVIDER_DIRECTORY: &str = "2";

/// The file that a mapping is written to before it takes the place of the old one. The manager reads
/// only directories at this place.
const REPLACEMENT: &str = ".replacement-";

/// Whether a file of the manager's directory is one that a crash left of a replacement: the mapping that was to be
/// replaced is whole.
pub(crate) fn is_replacement(file: &OsStr) -> bool {
    file.to_str()
        .is_some_and(|name| name.starts_with(REPLACEMENT))
}

/// Removes what a crash left of replacements.
pub(crate) fn remove_replacements(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if is_replacement(&entry.file_name()) && !entry.file_type()?.is_dir() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The directory of Parsec's on-disk key info manager.
///
/// A mapping is the file `STORE/APPLICATION/PROVIDER/KEY`, with both names in URL-safe Base64 and the
/// provider as a decimal number.
#[derive(Debug)]
pub(super) struct MappingStore {
    directory: PathBuf,
}

/// What the manager stores in a file, in bincode.
#[derive(Serialize, Deserialize)]
struct MappingFile {
    id: Vec<u8>,
    attributes: Attributes,
}

impl MappingStore {
    pub(super) fn new(directory: PathBuf) -> Self {
        let store = Self { directory };
        if let Err(error) = remove_replacements(&store.directory) {
            debug!("Unfinished replacements of mappings were left: {error}");
        }
        store
    }

    /// What is stored for `identity` now.
    ///
    /// The manager may know an older state: [`MappingStore::replace`] goes past it.
    pub(super) fn read(&self, identity: &KeyIdentity) -> io::Result<StoredId> {
        let content = fs::read(self.path(identity))?;
        let file: MappingFile = bincode::deserialize(&content).map_err(io::Error::other)?;
        bincode::deserialize(&file.id).map_err(io::Error::other)
    }

    /// Whether both names fit into file names.
    pub(super) fn can_hold(&self, identity: &KeyIdentity) -> bool {
        file_names(identity)
            .iter()
            .all(|name| name.len() <= MAX_FILE_NAME)
    }

    /// Replaces the mapping of `identity` at once: after a crash it is the old one or the new one. It is on the
    /// disk after [`MappingStore::sync_replaced`].
    ///
    /// The manager itself would remove the old file, create a new one and then write it.
    pub(super) fn replace(&self, identity: &KeyIdentity, mapping: &Mapping) -> io::Result<()> {
        let stored = &mapping.stored;
        let file = MappingFile {
            id: bincode::serialize(stored).map_err(io::Error::other)?,
            attributes: mapping.attributes,
        };
        let content = bincode::serialize(&file).map_err(io::Error::other)?;
        let replacement = self.directory.join(format!("{REPLACEMENT}{}", stored.id));
        write_new(&replacement, &content)
            .and_then(|()| fs::rename(&replacement, self.path(identity)))
            .inspect_err(|_| {
                // If it cannot even be removed, the next one of this key overwrites it.
                let _ = fs::remove_file(&replacement);
            })
    }

    /// Waits until the new mapping of `identity` is on the disk, and the directories that were made for it.
    pub(super) fn sync_new(&self, identity: &KeyIdentity) -> io::Result<()> {
        let path = self.path(identity);
        File::open(&path)?.sync_all()?;
        for directory in path
            .ancestors()
            .skip(1)
            .take_while(|directory| directory.starts_with(&self.directory))
        {
            File::open(directory)?.sync_all()?;
        }
        Ok(())
    }

    /// Waits until it is on the disk that the mapping of `identity` was replaced; what replaced it was there before.
    pub(super) fn sync_replaced(&self, identity: &KeyIdentity) -> io::Result<()> {
        match self.path(identity).parent() {
            Some(directory) => File::open(directory)?.sync_all(),
            None => Ok(()),
        }
    }

    fn path(&self, identity: &KeyIdentity) -> PathBuf {
        let [application, key] = file_names(identity);
        self.directory
            .join(application)
            .join(PROVIDER_DIRECTORY)
            .join(key)
    }
}

fn file_names(identity: &KeyIdentity) -> [String; 2] {
    let application = generation::application_name(generation::application(identity));
    [application, identity.key_name()].map(|name| URL_SAFE.encode(name))
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
