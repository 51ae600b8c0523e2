//! Owns the making of a provider: the options that an embedder gives.

use std::io;
use std::mem;
use std::path::PathBuf;

use parsec_service::key_info_managers::KeyInfoManagerClient;

use crate::config::{Config, Section};
use crate::error::{Error, ErrorKind, Result};
use crate::generation::{self, SlotNumber};

use super::Provider;
use super::database_file::DatabaseFile;
use super::mapping_store::MappingStore;
use super::mappings::Storage;

/// Builds a [`Provider`].
///
/// The methods have the names of those of Parsec's own PKCS#11 provider, so that to change from one
/// to the other is a matter of the type. The options that only this provider has are set with
/// [`ProviderBuilder::with_section`].
#[derive(Debug, Default)]
pub struct ProviderBuilder {
    provider_name: Option<String>,
    key_info_store: Option<KeyInfoManagerClient>,
    mappings_dir: Option<PathBuf>,
    mappings_database: Option<PathBuf>,
    section: Section,
}

impl ProviderBuilder {
    /// A builder without any option set.
    pub fn new() -> Self {
        Self::default()
    }

    /// The name of the provider, under which the key info manager keeps its mappings. Required since
    /// Parsec 1.0; those before have no such names.
    #[must_use]
    pub fn with_provider_name(mut self, provider_name: String) -> Self {
        self.provider_name = Some(provider_name);
        self
    }

    /// The key info manager's client for this provider. Required.
    #[must_use]
    pub fn with_key_info_store(mut self, key_info_store: KeyInfoManagerClient) -> Self {
        self.key_info_store = Some(key_info_store);
        self
    }

    /// The directory of the key info manager, if it is an on-disk one: mappings are then synced to the
    /// disk before a client is told of success, which the manager itself does not do.
    #[must_use]
    pub fn with_mappings_dir(mut self, mappings_dir: Option<PathBuf>) -> Self {
        self.mappings_dir = mappings_dir;
        self
    }

    /// The file of the key info manager, if it is a database: what is stored there survives a power failure
    /// before a client is told of success, which the manager itself does not see to.
    #[must_use]
    pub fn with_mappings_database(mut self, mappings_database: Option<PathBuf>) -> Self {
        self.mappings_database = mappings_database;
        self
    }

    /// All options of a `Pkcs11` section of the configuration file; replaces those set before.
    #[must_use]
    pub fn with_section(mut self, section: Section) -> Self {
        self.section = section;
        self
    }

    /// The path of the PKCS#11 module. Required.
    #[must_use]
    pub fn with_pkcs11_library_path(mut self, library_path: String) -> Self {
        self.section.library_path = Some(library_path.into());
        self
    }

    /// The slot that the token is in.
    #[must_use]
    pub fn with_slot_number(mut self, slot_number: SlotNumber) -> Self {
        self.section.slot_number = generation::slot_number(slot_number);
        self
    }

    /// The serial number of the token.
    #[must_use]
    pub fn with_serial_number(mut self, serial_number: Option<String>) -> Self {
        self.section.serial_number = serial_number;
        self
    }

    /// The user PIN: `str:` and the PIN, `hex:` and its bytes, or the PIN itself.
    #[must_use]
    pub fn with_user_pin(mut self, user_pin: Option<String>) -> Self {
        self.section.user_pin = user_pin.map(Into::into);
        self
    }

    /// Whether signatures are verified in software; default `false`.
    #[must_use]
    pub fn with_software_public_operations(
        mut self,
        software_public_operations: Option<bool>,
    ) -> Self {
        self.section.software_public_operations = software_public_operations;
        self
    }

    /// Whether key pairs may be made that can be exported; default `true`.
    #[must_use]
    pub fn with_allow_export(mut self, allow_export: Option<bool>) -> Self {
        self.section.allow_export = allow_export;
        self
    }

    /// Builds the provider: opens the token, logs in, reads the mappings.
    ///
    /// # Errors
    ///
    /// Those of [`ProviderBuilder::try_build`], as text.
    pub fn build(self) -> io::Result<Provider> {
        self.try_build()
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    /// Builds the provider, with an error that can be told apart.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if an option is missing or wrong, or no token fits;
    /// [`ErrorKind::PinRefused`] if the PIN was refused or must not be tried; what the token returned
    /// otherwise.
    pub fn try_build(mut self) -> Result<Provider> {
        let config = Config::try_from(mem::take(&mut self.section))?;
        self.try_build_with(config)
    }

    /// Builds the provider with options that are read already, in place of its section.
    pub(crate) fn try_build_with(self, config: Config) -> Result<Provider> {
        let refused = |what: &'static str| Error::new(ErrorKind::Configuration, what);
        let identity = generation::provider_identity(Provider::PROVIDER_UUID, self.provider_name)?;
        let client = self
            .key_info_store
            .ok_or_else(|| refused("the provider needs a key info manager"))?;
        if !generation::serves(&client, &identity) {
            return Err(refused(
                "the client of the key info manager was built for a provider of another name or UUID",
            ));
        }
        let storage = match (self.mappings_dir, self.mappings_database) {
            (None, None) => Storage::Unknown,
            (Some(directory), None) => Storage::Directory(MappingStore::new(directory)),
            (None, Some(file)) => Storage::Database(DatabaseFile::new(&file)),
            (Some(_), Some(_)) => {
                return Err(refused(
                    "the mappings are either in a directory or in a database",
                ));
            }
        };
        Provider::new(client, storage, config)
    }
}
