//! Owns Parsec's own key info managers, as the judges of what is read and written of mappings.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use parsec_interface::operations::psa_key_attributes::Attributes;
use parsec_interface::requests::AuthType;
use parsec_service::key_info_managers::{KeyIdentity, KeyInfoManagerFactory};
use parsec_service::providers::ProviderIdentity;
use parsec_service::utils::config::{KeyInfoManagerConfig, KeyInfoManagerType};
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeTuple, Serializer};

/// A mapping as a manager shows it.
pub type Shown = (KeyIdentity, Id, Attributes);

/// The manager of a directory or a database; `None` if it does not start there.
pub fn manager(
    manager_type: KeyInfoManagerType,
    path: &Path,
    auth_type: AuthType,
) -> Option<KeyInfoManagerFactory> {
    let path = path.display().to_string();
    let config = KeyInfoManagerConfig {
        name: "manager".to_owned(),
        manager_type,
        store_path: Some(path.clone()),
        sqlite_db_path: Some(path),
    };
    KeyInfoManagerFactory::new(&config, auth_type).ok()
}

/// The mappings of a provider; `None` if the manager is built without it.
pub fn shown(manager: &KeyInfoManagerFactory, provider: &ProviderIdentity) -> Option<Vec<Shown>> {
    let client = manager.build_client(provider.clone());
    let show = |key: KeyIdentity| {
        let id = client.get_key_id(&key).expect("it was listed");
        let attributes = client.get_key_attributes(&key).expect("it was listed");
        (key, id, attributes)
    };
    Some(client.get_all().ok()?.into_iter().map(show).collect())
}

/// The file that the on-disk manager makes in an empty directory of a mapping, if it finds that again.
pub fn kept(directory: &Path, auth_type: AuthType, mapping: &Shown) -> Option<(PathBuf, Vec<u8>)> {
    let (key, id, attributes) = mapping;
    let start = || manager(KeyInfoManagerType::OnDisk, directory, auth_type);
    let client = start()?.build_client(key.provider().clone());
    client.insert_key_info(key.clone(), id, *attributes).ok()?;
    let again = shown(&start()?, key.provider())?;
    if again != [mapping.clone()] {
        return None;
    }
    let file = file_below(directory)?;
    let content = fs::read(&file).expect("it was just written");
    let path = file.strip_prefix(directory).expect("it is below");
    Some((path.to_owned(), content))
}

fn file_below(directory: &Path) -> Option<PathBuf> {
    let mut paths = fs::read_dir(directory).ok()?.flatten().map(|e| e.path());
    paths.find_map(|path| match path.is_dir() {
        true => file_below(&path),
        false => Some(path),
    })
}

/// The stored bytes themselves: a manager takes and gives only what serde can make of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Id(pub Vec<u8>);

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A tuple has no length in bincode.
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        for byte in &self.0 {
            tuple.serialize_element(byte)?;
        }
        tuple.end()
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(usize::MAX, UntilTheEnd)
    }
}

struct UntilTheEnd;

impl<'de> Visitor<'de> for UntilTheEnd {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut bytes: A) -> Result<Id, A::Error> {
        let next = || bytes.next_element().ok().flatten();
        Ok(Id(std::iter::from_fn(next).collect()))
    }
}
