//! Owns the reading of the SQLite manager's rows, with the checks that the manager makes.

use std::path::Path;

use parsec_service::key_info_managers::sqlite_manager::{
    CURRENT_KEY_ATTRIBUTES_VERSION, CURRENT_KEY_ID_VERSION, CURRENT_SCHEMA_VERSION,
};
use rusqlite::{Connection, Row};

use super::database::database_error;
use super::mapping::{Key, Mapping, auth_with_number, decode_attributes, id_damage};
use super::provider_kind::ProviderKind;
use super::refused;
use super::report::{Problem, ProblemKind};
use crate::error::Result;

const SELECT: &str = "SELECT rowid, authenticator_id, application_name, key_name, provider_uuid, \
     provider_name, key_id, key_id_version, key_attributes, key_attributes_version FROM key_mapping";

/// What a database holds.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) mappings: Vec<Mapping>,
    /// Rows of providers that Parsec 1.5 does not have.
    pub(super) strangers: Vec<Stranger>,
    /// Rows over which the manager would not start, or that it would not have written.
    pub(super) problems: Vec<Problem>,
}

/// A row of an unknown provider.
#[derive(Debug)]
pub(super) struct Stranger {
    pub(super) key: Key,
    pub(super) provider_name: String,
}

/// All rows; `None` if there is nothing at all in the database.
pub(super) fn read(connection: &Connection, path: &Path) -> Result<Option<Rows>> {
    let error = |source| database_error(path, "read", source);
    let (objects, tables) = connection
        .query_row(
            "SELECT count(*), coalesce(sum(type = 'table' AND name IN ('key_mapping', 'kim_metadata')), 0) \
             FROM sqlite_master",
            [],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
        )
        .map_err(error)?;
    if objects == 0 {
        return Ok(None);
    }
    if tables != 2 {
        return Err(refused(format!(
            "{} is a database, but not one of the key info manager: correct the path",
            path.display()
        )));
    }
    let sound: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(error)?;
    if sound != "ok" {
        return Err(refused(format!(
            "the database {} is damaged ({}): restore it from a backup",
            path.display(),
            sound.escape_debug()
        )));
    }
    check_schema_version(connection, path)?;
    let mut rows = Rows::default();
    let mut statement = connection.prepare(SELECT).map_err(error)?;
    let mut cursor = statement.query([]).map_err(error)?;
    while let Some(row) = cursor.next().map_err(error)? {
        let number: i64 = row.get(0).map_err(error)?;
        if let Err(reason) = rows.add(row) {
            let place = format!("{}, row {number}", path.display());
            let problem = Problem::of_file(ProblemKind::Damaged, place, reason);
            rows.problems.push(problem);
        }
    }
    Ok(Some(rows))
}

fn check_schema_version(connection: &Connection, path: &Path) -> Result<()> {
    let other: i64 = connection
        .query_row(
            "SELECT count(*) FROM kim_metadata WHERE id = 'schema_version' AND int_value IS NOT ?1",
            [CURRENT_SCHEMA_VERSION],
            |row| row.get(0),
        )
        .map_err(|source| database_error(path, "read", source))?;
    match other {
        0 => Ok(()),
        _ => Err(refused(format!(
            "the database {} has another version than that of Parsec 1.5: only Parsec's own service of its version reads it",
            path.display()
        ))),
    }
}

impl Rows {
    fn add(&mut self, row: &Row<'_>) -> std::result::Result<(), String> {
        let text = |source: rusqlite::Error| source.to_string();
        let auth = auth_with_number(row.get("authenticator_id").map_err(text)?)
            .ok_or("there is no authenticator with its number")?;
        let (application, name): (String, String) = (
            row.get("application_name").map_err(text)?,
            row.get("key_name").map_err(text)?,
        );
        let versions: (u8, u8) = (
            row.get("key_id_version").map_err(text)?,
            row.get("key_attributes_version").map_err(text)?,
        );
        if versions != (CURRENT_KEY_ID_VERSION, CURRENT_KEY_ATTRIBUTES_VERSION) {
            return Err("it has another version than those of Parsec 1.5".to_owned());
        }
        let uuid: String = row.get("provider_uuid").map_err(text)?;
        let provider_name: String = row.get("provider_name").map_err(text)?;
        let id: Vec<u8> = row.get("key_id").map_err(text)?;
        let attributes: Vec<u8> = row.get("key_attributes").map_err(text)?;
        let attributes = decode_attributes(&attributes)?;
        match ProviderKind::with_uuid(&uuid) {
            Some(provider) => {
                if let Some(reason) = id_damage(provider, &id) {
                    return Err(reason.to_owned());
                }
                self.mappings.push(Mapping {
                    auth,
                    application,
                    provider,
                    provider_name,
                    name,
                    id,
                    attributes,
                });
            }
            None => self.strangers.push(Stranger {
                key: (auth.authenticator_id(), application, name),
                provider_name,
            }),
        }
        Ok(())
    }
}
