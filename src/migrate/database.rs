//! Owns the database of Parsec's SQLite manager: the lock on it, and what is added to it at once.
//!
//! Its tables are made by parsec-service itself; only rows are written here.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use parsec_interface::requests::AuthType;
use parsec_service::key_info_managers::sqlite_manager::{
    CURRENT_KEY_ATTRIBUTES_VERSION, CURRENT_KEY_ID_VERSION, FILE_PERMISSION,
};
use rusqlite::{Connection, ErrorCode, OpenFlags, params};

use super::database_rows::{self, Rows};
use super::mapping::{Mapping, encode_attributes};
use super::migration::{Observer, Step};
use super::publication::Owner;
use super::{file_error, refused, verification};
use crate::error::{Error, Result};
use crate::generation::sqlite::{COMPANIONS, beside};

/// How long readers may keep a transaction from its end.
const PATIENCE: Duration = Duration::from_secs(5);

const INSERT: &str = "INSERT INTO key_mapping (authenticator_id, application_name, provider_uuid, \
     provider_name, key_name, key_id, key_id_version, key_attributes, key_attributes_version) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// Refuses to make a database where one was that is gone, but for a file beside it.
///
/// # Errors
/// If there is such a file.
pub(super) fn refuse_remnants(path: &Path) -> Result<()> {
    for suffix in COMPANIONS {
        let remnant = beside(path, suffix);
        match remnant.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(file_error("looked at", &remnant, error)),
            Ok(_) => {
                return Err(refused(format!(
                    "{} was left by a database that is gone, and SQLite would write its content into the new one: put the old database back beside it, or move this file away",
                    remnant.display()
                )));
            }
        }
    }
    Ok(())
}

/// A database in a transaction: nobody else can write to it. Dropped, it is as it was.
#[derive(Debug)]
pub(super) struct Database {
    path: PathBuf,
    connection: Connection,
}

impl Database {
    /// Opens the one that is there and begins a transaction.
    ///
    /// # Errors
    /// If somebody else writes to it, or if it is no database.
    pub(super) fn lock(path: &Path) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Self {
            path: path.to_owned(),
            connection: Connection::open_with_flags(path, flags)
                .map_err(|source| database_error(path, "opened", source))?,
        };
        let begun = database
            .connection
            // After a power failure it is as before or as after: the journal's directory is synced, too.
            .execute_batch("PRAGMA synchronous = EXTRA")
            .and_then(|()| database.connection.busy_timeout(Duration::ZERO))
            .and_then(|()| database.connection.execute_batch("BEGIN IMMEDIATE"))
            .and_then(|()| database.connection.busy_timeout(PATIENCE));
        begun.map_err(|source| database_error(path, "locked", source))?;
        Ok(database)
    }

    /// Lets parsec-service make an empty one, where there is none, and begins a transaction.
    pub(super) fn create(path: &Path, auth_type: AuthType, owner: &Owner) -> Result<Self> {
        // Nobody else may look into it from the beginning.
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(FILE_PERMISSION)
            .open(path)
            .and_then(|_| owner.give(path))
            .map_err(|source| file_error("created", path, source))?;
        verification::open_database(path, auth_type)?;
        Self::lock(path)
    }

    /// All rows; `None` if it has no tables at all.
    pub(super) fn read(&self) -> Result<Option<Rows>> {
        database_rows::read(&self.connection, &self.path)
    }

    /// Adds rows; nobody sees them before [`Database::commit`].
    pub(super) fn insert(&self, mappings: &[Mapping], observer: &mut dyn Observer) -> Result<()> {
        observer.begin(Step::Write, mappings.len());
        let written = |source| database_error(&self.path, "written to", source);
        let mut statement = self.connection.prepare(INSERT).map_err(written)?;
        for mapping in mappings {
            let attributes = encode_attributes(mapping.attributes).map_err(|source| {
                refused("a mapping cannot be encoded: report this as a defect").with_source(source)
            })?;
            statement
                .execute(params![
                    mapping.auth.authenticator_id(),
                    mapping.application,
                    mapping.provider.uuid,
                    mapping.provider_name,
                    mapping.name,
                    mapping.id,
                    CURRENT_KEY_ID_VERSION,
                    attributes,
                    CURRENT_KEY_ATTRIBUTES_VERSION,
                ])
                .map_err(written)?;
            observer.advance();
        }
        Ok(())
    }

    /// Makes what was added last, at once and on the disk.
    pub(super) fn commit(self) -> Result<()> {
        self.connection
            .execute_batch("COMMIT")
            .map_err(|source| database_error(&self.path, "written to", source))?;
        self.connection
            .close()
            .map_err(|(_, source)| database_error(&self.path, "closed", source))
    }
}

/// What the database's own errors mean for an operator.
pub(super) fn database_error(path: &Path, what: &str, source: rusqlite::Error) -> Error {
    let remedy = match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program is using it: stop that first"
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            "it is no whole SQLite database: correct the path, or restore it from a backup"
        }
        Some(ErrorCode::DiskFull) => "its file system is full: make room",
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "run this as the user of the service or as root"
        }
        _ => "see that it is the database of the key info manager, and that its disk works",
    };
    refused(format!(
        "the database {} cannot be {what}; {remedy}",
        path.display()
    ))
    .with_source(source)
}
