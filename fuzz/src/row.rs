//! Owns rows of the SQLite manager's table: as an input, and in a database of its own.
//!
//! The input: for each column its type, the length of its value, and the value.

use std::path::{Path, PathBuf};

use parsec_interface::requests::AuthType;
use parsec_service::utils::config::KeyInfoManagerType;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, params_from_iter};
use tempfile::TempDir;

use crate::managers::manager;

/// How many columns there are.
pub const COLUMNS: usize = 9;

/// The columns in the order of an input.
const NAMES: &str = "authenticator_id, application_name, key_name, provider_uuid, provider_name, \
     key_id, key_id_version, key_attributes, key_attributes_version";

/// Values of the columns; a text need not be UTF-8.
pub type Row<'v> = [ValueRef<'v>; COLUMNS];

/// The row of an input that is long enough for one.
pub fn decode(mut input: &[u8]) -> Option<Row<'_>> {
    let mut row = [ValueRef::Null; COLUMNS];
    for value in &mut row {
        let (&[kind, length], rest) = input.split_first_chunk()?;
        let (bytes, rest) = rest.split_at_checked(length.into())?;
        input = rest;
        let mut eight = [0; 8];
        let number = bytes.len().min(8);
        eight[..number].copy_from_slice(&bytes[..number]);
        *value = match kind % 4 {
            0 => ValueRef::Integer(i64::from_le_bytes(eight)),
            1 => ValueRef::Real(f64::from_le_bytes(eight)),
            2 => ValueRef::Text(bytes),
            _ => ValueRef::Blob(bytes),
        };
    }
    Some(row)
}

/// The input of a row, if its values are short enough for one.
pub fn encode(row: &[Value]) -> Option<Vec<u8>> {
    let mut input = Vec::new();
    for value in row {
        let (kind, bytes) = match value {
            Value::Null => return None,
            Value::Integer(number) => (0, number.to_le_bytes().to_vec()),
            Value::Real(number) => (1, number.to_le_bytes().to_vec()),
            Value::Text(text) => (2, text.clone().into_bytes()),
            Value::Blob(bytes) => (3, bytes.clone()),
        };
        input.push(kind);
        input.push(u8::try_from(bytes.len()).ok()?);
        input.extend(bytes);
    }
    Some(input)
}

/// All rows of a database as they are stored; what is not UTF-8 in a text is replaced.
pub fn rows(connection: &Connection) -> Vec<Vec<Value>> {
    let select = format!("SELECT {NAMES} FROM key_mapping");
    let mut statement = connection.prepare(&select).expect("it has the table");
    let value = |value: ValueRef<'_>| match value {
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        other => other.into(),
    };
    let rows = statement.query_map([], |row| {
        (0..COLUMNS)
            .map(|column| row.get_ref(column).map(value))
            .collect()
    });
    let rows: rusqlite::Result<_> = rows.expect("it has the columns").collect();
    rows.expect("it can be read")
}

/// A database that Parsec's manager made.
pub struct Database {
    connection: Connection,
    path: PathBuf,
    _directory: TempDir,
}

impl Database {
    /// A new one.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().expect("there is room for a directory");
        let path = directory.path().join("database.sqlite3");
        manager(KeyInfoManagerType::SQLite, &path, AuthType::Direct).expect("it makes a database");
        Self {
            connection: Connection::open(&path).expect("it is a database"),
            path,
            _directory: directory,
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes all rows.
    pub fn empty(&self) {
        let emptied = self.connection.execute("DELETE FROM key_mapping", []);
        emptied.expect("it is nobody else's");
    }

    /// Adds a row, unless the table takes none like it.
    pub fn insert(&self, row: &Row<'_>) -> bool {
        let statement =
            format!("INSERT INTO key_mapping ({NAMES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
        let values = row.iter().map(|value| ToSqlOutput::Borrowed(*value));
        self.connection
            .execute(&statement, params_from_iter(values))
            .is_ok()
    }

    /// All of them.
    pub fn rows(&self) -> Vec<Vec<Value>> {
        rows(&self.connection)
    }
}

impl Default for Database {
    fn default() -> Self {
        Self::new()
    }
}
