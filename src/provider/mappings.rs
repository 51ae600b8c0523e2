//! Owns the mappings from key names to keys, on top of one of Parsec's key info managers.

use std::collections::HashMap;
use std::io;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use log::{error, warn};
use parsec_interface::requests::{ResponseStatus, Result};
use parsec_service::key_info_managers::KeyInfoManagerClient;
use parsec_service::utils::GlobalConfig;

use crate::generation::{self, Application, KeyIdentity};
use crate::token::KeyId;

use super::database_file::DatabaseFile;
use super::mapping_store::MappingStore;
use super::stored_id::{Mapping, State, StoredId};

/// What to do about mappings that cannot be written.
const REMEDY: &str = "Make sure that the key info manager's files can be written by the user of this \
                      service and that their file system has free space";

/// What is known of where the manager stores its mappings.
#[derive(Debug)]
pub(super) enum Storage {
    /// The directory of an on-disk manager.
    Directory(MappingStore),
    /// The database of a SQLite manager.
    Database(DatabaseFile),
    /// Nothing: the manager's own durability counts.
    Unknown,
}

/// All mappings of this provider.
///
/// They are read once and kept in memory, for two reasons: a lookup decodes nothing, and a mapping of
/// another provider in the same database, which the manager would hand out under the same name, is
/// never taken for one of ours. A mapping is stored before it is known here, and forgotten after it is
/// removed there.
#[derive(Debug)]
pub(super) struct Mappings {
    client: KeyInfoManagerClient,
    storage: Storage,
    known: RwLock<HashMap<KeyIdentity, Mapping>>,
}

impl Mappings {
    /// Reads all mappings that `client` holds for its provider in `storage`.
    pub(super) fn load(client: KeyInfoManagerClient, storage: Storage) -> Result<Self> {
        let mut known = HashMap::new();
        for identity in client.get_all()? {
            if generation::is_internal(generation::application(&identity)) {
                continue;
            }
            let stored = match &storage {
                Storage::Directory(store) => {
                    store.read(&identity).map_err(|source| not_on_disk(&source))
                }
                Storage::Database(_) | Storage::Unknown => client.get_key_id::<StoredId>(&identity),
            };
            let attributes = client.get_key_attributes(&identity);
            match (stored, attributes) {
                (Ok(stored), Ok(attributes)) => {
                    known.insert(identity, Mapping { stored, attributes });
                }
                _ => error!(
                    "A key mapping cannot be read and its key cannot be used; the mapping is left \
                     as it is{}.",
                    name_for_log(&identity)
                ),
            }
        }
        Ok(Self {
            client,
            storage,
            known: RwLock::new(known),
        })
    }

    /// The mapping of a name.
    pub(super) fn find(&self, identity: &KeyIdentity) -> Option<Mapping> {
        self.read().get(identity).cloned()
    }

    /// The full identity of a name of an application.
    pub(super) fn identity(&self, application: &Application, name: &str) -> KeyIdentity {
        generation::key_identity(&self.client, application, name)
    }

    /// Every mapping, in no order.
    pub(super) fn all(&self) -> Vec<(KeyIdentity, Mapping)> {
        self.read()
            .iter()
            .map(|(identity, mapping)| (identity.clone(), mapping.clone()))
            .collect()
    }

    /// Whether a mapping has this identifier.
    pub(super) fn has_id(&self, id: KeyId) -> bool {
        self.read().values().any(|mapping| mapping.stored.id == id)
    }

    /// Refuses a name that is taken, by this provider or by another in the same manager, or that the
    /// manager cannot hold.
    pub(super) fn check_free(&self, identity: &KeyIdentity) -> Result<()> {
        if self.read().contains_key(identity) {
            return Err(ResponseStatus::PsaErrorAlreadyExists);
        }
        self.client.does_not_exist(identity)?;
        if identity.key_name().is_empty() {
            warn!("A key with an empty name is refused.");
            return Err(ResponseStatus::PsaErrorInvalidArgument);
        }
        if let Storage::Directory(store) = &self.storage {
            if !store.can_hold(identity) {
                warn!(
                    "The names of application and key must each have at most 189 bytes with the \
                     on-disk key info manager; the SQLite manager of Parsec 1.x takes longer ones."
                );
                return Err(ResponseStatus::PsaErrorInvalidArgument);
            }
        }
        Ok(())
    }

    /// Stores the mapping of a name that [`Mappings::check_free`] found free.
    pub(super) fn insert(&self, identity: &KeyIdentity, mapping: Mapping) -> Result<()> {
        let inserted = self
            .client
            .insert_key_info(identity.clone(), &mapping.stored, mapping.attributes)
            .and_then(|()| self.sync(|store| store.sync_new(identity)));
        if let Err(status) = inserted {
            error!(
                "The mapping of a new key cannot be stored{}. {REMEDY}.",
                name_for_log(identity)
            );
            // A failed insertion of the on-disk manager may leave an empty file, which would stop the
            // next start of upstream's service.
            if self.forget(identity).is_err() {
                error!("What was stored of it cannot be removed.");
            }
            return Err(status);
        }
        self.write().insert(identity.clone(), mapping);
        Ok(())
    }

    /// Replaces the mapping of a name.
    pub(super) fn replace(&self, identity: &KeyIdentity, mapping: Mapping) -> Result<()> {
        let replaced = match &self.storage {
            // Past the manager, which keeps the old one in memory: nobody asks it for it again.
            Storage::Directory(store) => store
                .replace(identity, &mapping)
                .map_err(|source| not_on_disk(&source)),
            Storage::Database(_) | Storage::Unknown => generation::replace_key_info(
                &self.client,
                identity,
                &mapping.stored,
                mapping.attributes,
            ),
        };
        replaced.inspect_err(|_| {
            error!(
                "The mapping of a key cannot be changed{}. {REMEDY}.",
                name_for_log(identity)
            );
        })?;
        // If it is not on the disk for good, it is what the next start reads all the same.
        self.write().insert(identity.clone(), mapping);
        self.sync(|store| store.sync_replaced(identity))
    }

    /// Moves a key on to `state`.
    pub(super) fn set_state(
        &self,
        identity: &KeyIdentity,
        mapping: &Mapping,
        state: State,
    ) -> Result<()> {
        let mut mapping = mapping.clone();
        mapping.stored.state = state;
        self.replace(identity, mapping)
    }

    /// Removes the mapping of a name, whose key is being destroyed or undone. That need not be on the disk: if a
    /// power failure brings it back, it says so still, and the next start removes it.
    pub(super) fn remove(&self, identity: &KeyIdentity) -> Result<()> {
        self.forget(identity).inspect_err(|_| {
            error!(
                "The mapping of a key cannot be removed{}. {REMEDY}.",
                name_for_log(identity)
            );
        })?;
        self.write().remove(identity);
        Ok(())
    }

    /// One that is not there, as an earlier try removed it, counts as removed.
    fn forget(&self, identity: &KeyIdentity) -> Result<()> {
        match generation::remove_key_info(&self.client, identity) {
            Err(ResponseStatus::PsaErrorDoesNotExist) => Ok(()),
            removed => removed,
        }
    }

    fn sync(&self, of_store: impl FnOnce(&MappingStore) -> io::Result<()>) -> Result<()> {
        match &self.storage {
            Storage::Directory(store) => of_store(store),
            Storage::Database(database) => database.sync(),
            Storage::Unknown => Ok(()),
        }
        .map_err(|source| not_on_disk(&source))
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<KeyIdentity, Mapping>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<KeyIdentity, Mapping>> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn not_on_disk(source: &io::Error) -> ResponseStatus {
    error!("A key mapping on the disk cannot be read or written: {source}");
    ResponseStatus::KeyInfoManagerError
}

/// The name of a key for a log line: only with `log_error_details`.
pub(super) fn name_for_log(identity: &KeyIdentity) -> String {
    if GlobalConfig::log_error_details() {
        format!(
            ": key \"{}\" of application \"{}\"",
            identity.key_name().escape_debug(),
            generation::application_name(generation::application(identity)).escape_debug()
        )
    } else {
        String::new()
    }
}
