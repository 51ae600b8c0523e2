//! Owns the reading back through parsec-service's own key info managers.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::Path;

use parsec_interface::requests::AuthType;
use parsec_service::authenticators::ApplicationIdentity;
use parsec_service::key_info_managers::{KeyIdentity, KeyInfoManagerClient, KeyInfoManagerFactory};
use parsec_service::providers::ProviderIdentity;
use parsec_service::utils::config::{KeyInfoManagerConfig, KeyInfoManagerType};
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

use super::mapping::Mapping;
use super::migration::{Observer, Step};
use super::refused;
use crate::error::{Error, Result};

/// Lets parsec-service open the database, which makes its tables if it has none.
pub(super) fn open_database(path: &Path, auth_type: AuthType) -> Result<KeyInfoManagerFactory> {
    open(KeyInfoManagerType::SQLite, path, "the database", auth_type)
}

/// Checks that parsec-service finds all `mappings` in the database.
pub(super) fn database(
    path: &Path,
    auth_type: AuthType,
    mappings: &[Mapping],
    observer: &mut dyn Observer,
) -> Result<()> {
    compare(&open_database(path, auth_type)?, path, mappings, observer)
}

/// Checks that parsec-service finds in the directory all `mappings` of providers that it is built with.
pub(super) fn directory(
    path: &Path,
    auth_type: AuthType,
    mappings: &[Mapping],
    observer: &mut dyn Observer,
) -> Result<()> {
    let factory = open(KeyInfoManagerType::OnDisk, path, "the directory", auth_type)?;
    // Asked once for each provider: the answer lists all of its mappings.
    let mut is_known: HashMap<u8, bool> = HashMap::new();
    let readable: Vec<Mapping> = mappings
        .iter()
        .filter(|mapping| {
            *is_known
                .entry(mapping.provider.number)
                .or_insert_with(|| client(&factory, mapping).get_all().is_ok())
        })
        .cloned()
        .collect();
    compare(&factory, path, &readable, observer)
}

fn open(
    manager_type: KeyInfoManagerType,
    path: &Path,
    what: &str,
    auth_type: AuthType,
) -> Result<KeyInfoManagerFactory> {
    let text = path.to_str().map(str::to_owned).ok_or_else(|| {
        refused(format!(
            "the path {} is not UTF-8, so no configuration can name it: choose another",
            path.display()
        ))
    })?;
    let config = KeyInfoManagerConfig {
        name: "migration".to_owned(),
        manager_type,
        store_path: Some(text.clone()),
        sqlite_db_path: Some(text),
    };
    KeyInfoManagerFactory::new(&config, auth_type).map_err(|error| {
        refused(format!(
            "parsec-service cannot use {what} {} ({error:#})",
            path.display()
        ))
    })
}

fn client(factory: &KeyInfoManagerFactory, mapping: &Mapping) -> KeyInfoManagerClient {
    factory.build_client(ProviderIdentity::new(
        mapping.provider.uuid.to_owned(),
        mapping.provider_name.clone(),
    ))
}

/// The client of a provider, and all that it finds.
struct Found {
    client: KeyInfoManagerClient,
    identities: HashSet<KeyIdentity>,
}

fn compare(
    factory: &KeyInfoManagerFactory,
    path: &Path,
    mappings: &[Mapping],
    observer: &mut dyn Observer,
) -> Result<()> {
    observer.begin(Step::Verify, mappings.len());
    let mut providers: HashMap<(u8, &str), Found> = HashMap::new();
    for mapping in mappings {
        let provider = (mapping.provider.number, mapping.provider_name.as_str());
        let found = match providers.entry(provider) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Found::by(client(factory, mapping), path)?),
        };
        if !found.shows(mapping) {
            return Err(mismatch(path));
        }
        observer.advance();
    }
    Ok(())
}

impl Found {
    fn by(client: KeyInfoManagerClient, path: &Path) -> Result<Self> {
        let identities = client
            .get_all()
            .map_err(|status| mismatch(path).with_source(status))?;
        Ok(Self {
            client,
            identities: identities.into_iter().collect(),
        })
    }

    fn shows(&self, mapping: &Mapping) -> bool {
        let application =
            ApplicationIdentity::new_with_auth(mapping.application.clone(), mapping.auth);
        let identity = self
            .client
            .get_key_identity(application, mapping.name.clone());
        self.identities.contains(&identity)
            && self.client.get_key_attributes(&identity) == Ok(mapping.attributes)
            && self
                .client
                .get_key_id::<RawId>(&identity)
                .is_ok_and(|id| id.0 == mapping.id)
    }
}

fn mismatch(path: &Path) -> Error {
    refused(format!(
        "parsec-service does not find in {} what was written there: do not use it, and report this as a defect",
        path.display()
    ))
}

/// The stored bytes themselves: a key info manager decodes them only into a type.
struct RawId(Vec<u8>);

impl<'de> Deserialize<'de> for RawId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        // bincode reads as many bytes as are asked for, until there is none.
        deserializer.deserialize_tuple(usize::MAX, RawIdVisitor)
    }
}

struct RawIdVisitor;

impl<'de> Visitor<'de> for RawIdVisitor {
    type Value = RawId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut bytes: A) -> std::result::Result<RawId, A::Error> {
        let mut id = Vec::new();
        while let Ok(Some(byte)) = bytes.next_element::<u8>() {
            id.push(byte);
        }
        Ok(RawId(id))
    }
}
