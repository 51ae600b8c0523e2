//! Owns mappings as parsec-service's own key info managers see them.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use parsec_interface::operations::psa_key_attributes::Attributes;
use parsec_interface::requests::AuthType;
use parsec_service::authenticators::{ApplicationIdentity, Auth};
use parsec_service::key_info_managers::KeyInfoManagerFactory;
use parsec_service::providers::ProviderIdentity;
use parsec_service::utils::config::{KeyInfoManagerConfig, KeyInfoManagerType};

use crate::keys::{ECDSA, signing};

pub(crate) const PKCS11: (&str, &str) = ("30e39502-eba6-4d60-a4af-c518b7f5e38f", "pkcs11-provider");
pub(crate) const MBED: (&str, &str) = (
    "1c1139dc-ad7c-47dc-ad6b-db6fdb466552",
    "mbed-crypto-provider",
);
pub(crate) const TPM: (&str, &str) = ("1e4954a4-ff21-46d3-ab0c-661eeb667e1d", "tpm-provider");

/// Application, name, number and attributes.
pub(crate) type Shown = (String, String, u32, Attributes);

pub(crate) fn unix() -> Auth {
    Auth::Client(AuthType::UnixPeerCredentials)
}

fn manager(manager_type: KeyInfoManagerType, path: &Path) -> KeyInfoManagerFactory {
    let text = path.to_str().unwrap().to_owned();
    let config = KeyInfoManagerConfig {
        name: "manager".to_owned(),
        manager_type,
        store_path: Some(text.clone()),
        sqlite_db_path: Some(text),
    };
    KeyInfoManagerFactory::new(&config, AuthType::UnixPeerCredentials).unwrap()
}

/// The manager of a database.
pub(crate) fn sqlite(path: &Path) -> KeyInfoManagerFactory {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    manager(KeyInfoManagerType::SQLite, path)
}

/// The manager of a directory.
pub(crate) fn on_disk(path: &Path) -> KeyInfoManagerFactory {
    manager(KeyInfoManagerType::OnDisk, path)
}

/// The keys of a provider that a manager shows, sorted.
pub(crate) fn shown(factory: &KeyInfoManagerFactory, provider: (&str, &str)) -> Vec<Shown> {
    let client = factory.build_client(identity(provider));
    let mut shown: Vec<Shown> = client
        .get_all()
        .unwrap()
        .iter()
        .map(|key| {
            (
                key.application().name().clone(),
                key.key_name().clone(),
                client.get_key_id(key).unwrap(),
                client.get_key_attributes(key).unwrap(),
            )
        })
        .collect();
    shown.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    shown
}

pub(crate) fn identity((uuid, name): (&str, &str)) -> ProviderIdentity {
    ProviderIdentity::new(uuid.to_owned(), name.to_owned())
}

/// The attributes of a key pair that signs, in the service's version of the type.
fn stored_attributes() -> Attributes {
    let asked_for = bincode::serialize(&signing(256, ECDSA)).unwrap();
    bincode::deserialize(&asked_for).unwrap()
}

/// Stores a mapping by a manager.
pub(crate) fn store(
    factory: &KeyInfoManagerFactory,
    provider: (&str, &str),
    auth: Auth,
    application: &str,
    name: &str,
    number: u32,
) {
    let client = factory.build_client(identity(provider));
    let application = ApplicationIdentity::new_with_auth(application.to_owned(), auth);
    let key = client.get_key_identity(application, name.to_owned());
    client
        .insert_key_info(key, &number, stored_attributes())
        .unwrap();
}

/// The content of the file of a mapping, as the manager writes it.
pub(crate) fn content(number: u32) -> Vec<u8> {
    content_with(&number.to_le_bytes())
}

/// The content of the file of a mapping with this identifier.
pub(crate) fn content_with(id: &[u8]) -> Vec<u8> {
    bincode::serialize(&(id.to_vec(), stored_attributes())).unwrap()
}

/// The path of a mapping below the directory.
pub(crate) fn path(application: &str, provider: u8, name: &str) -> PathBuf {
    PathBuf::from(URL_SAFE.encode(application))
        .join(provider.to_string())
        .join(URL_SAFE.encode(name))
}

/// Writes the file of a mapping past the manager.
pub(crate) fn write(store: &Path, path: impl AsRef<Path>, content: &[u8]) {
    let file = store.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, content).unwrap();
}

/// Writes so many mappings of the PKCS#11 provider for several applications.
pub(crate) fn write_many(store: &Path, count: u32) {
    for number in 0..count {
        let path = path(
            &format!("{}", 1000 + number % 7),
            2,
            &format!("key {number}"),
        );
        write(store, path, &content(number));
    }
}
