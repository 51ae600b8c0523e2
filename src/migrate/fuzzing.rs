//! Owns the doors by which the targets of fuzz/ reach what reads and writes mappings.
//!
//! Behind the feature `_fuzzing`, which is no part of the public API.

use std::path::{Path, PathBuf};

use parsec_interface::operations::psa_key_attributes::Attributes;
use parsec_interface::requests::AuthType;
use parsec_service::authenticators::{ApplicationIdentity, Auth};
use parsec_service::key_info_managers::KeyIdentity;
use parsec_service::providers::ProviderIdentity;

use super::database::Database;
use super::mapping::{Mapping, encode_file};
use super::migration::NoObserver;
use super::provider_kind::{KINDS, ProviderNames};
use super::report::Problem;
use super::{comparison, refused, store, store_writer};
use crate::error::Result;

/// What a directory or a database holds.
#[derive(Debug, PartialEq)]
pub struct Found {
    /// What was read.
    pub mappings: Vec<ReadMapping>,
    /// How many rows are those of providers that Parsec does not have.
    pub strangers: usize,
    /// What was not read, and why.
    pub problems: Vec<Problem>,
}

/// A mapping as it was read.
#[derive(Debug)]
pub struct ReadMapping(Mapping);

impl PartialEq for ReadMapping {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_same(&other.0)
    }
}

impl ReadMapping {
    /// Whose it is, and its name.
    pub fn identity(&self) -> KeyIdentity {
        let application =
            ApplicationIdentity::new_with_auth(self.0.application.clone(), self.0.auth);
        let provider = ProviderIdentity::new(
            self.0.provider.uuid.to_owned(),
            self.0.provider_name.clone(),
        );
        KeyIdentity::new(application, provider, self.0.name.clone())
    }

    /// The bytes by which the provider finds the key.
    pub fn id(&self) -> &[u8] {
        &self.0.id
    }

    /// The attributes of the key.
    pub fn attributes(&self) -> Attributes {
        self.0.attributes
    }

    /// The authenticator of the service that has it on disk.
    pub fn auth_type(&self) -> AuthType {
        match self.0.auth {
            Auth::Client(auth_type) => auth_type,
            Auth::Internal => AuthType::Direct,
        }
    }

    /// Its file on disk: the relative path and the content.
    ///
    /// # Errors
    ///
    /// If the directory cannot hold it.
    pub fn file(&self) -> Result<(PathBuf, Vec<u8>)> {
        let names = ProviderNames::default();
        let mapping = std::slice::from_ref(&self.0);
        let problems = comparison::not_on_disk(mapping, self.auth_type(), &names, true);
        if let Some(problem) = problems.into_iter().next() {
            return Err(refused(problem.reason));
        }
        let path = store_writer::path(&self.0).map_err(refused)?;
        let content = encode_file(&self.0)
            .map_err(|source| refused("it cannot be encoded").with_source(source))?;
        Ok((path, content))
    }

    /// Adds its row to a database.
    ///
    /// # Errors
    ///
    /// If the database cannot be written to.
    pub fn insert_into(&self, database: &Path) -> Result<()> {
        let database = Database::lock(database)?;
        database.insert(std::slice::from_ref(&self.0), &mut NoObserver)?;
        database.commit()
    }
}

/// Reads the directory of an on-disk key info manager, where every provider has this name.
///
/// # Errors
///
/// If it cannot be read.
pub fn read_store(path: &Path, auth_type: AuthType, provider: &str) -> Result<Found> {
    let names = KINDS.iter().map(|kind| (kind.number, provider.to_owned()));
    let names = ProviderNames::configured(names.collect());
    let contents = store::read(path, auth_type, &names, &mut NoObserver)?;
    Ok(Found {
        mappings: contents.mappings.into_iter().map(ReadMapping).collect(),
        strangers: 0,
        problems: contents.problems,
    })
}

/// Reads the database of an SQLite key info manager.
///
/// # Errors
///
/// If it is none, or cannot be read.
pub fn read_database(path: &Path) -> Result<Found> {
    let rows = Database::lock(path)?.read()?.unwrap_or_default();
    Ok(Found {
        mappings: rows.mappings.into_iter().map(ReadMapping).collect(),
        strangers: rows.strangers.len(),
        problems: rows.problems,
    })
}
