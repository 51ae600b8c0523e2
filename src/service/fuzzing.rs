//! Owns the doors by which the targets of fuzz/ reach the private parts of the service.
//!
//! Behind the feature `_fuzzing`, which is no part of the public API.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parsec_service::front::listener::Connection;

use super::assembly::{Assembly, assemble};
use super::client_stream::ClientStream;
use super::config_file::{ConfigFile, Source};
use super::damaged_mappings;
use crate::config::{Config, Section};
use crate::error::Result;
use crate::provider::Provider;

/// A service without a listener and without threads.
#[expect(
    missing_debug_implementations,
    reason = "Parsec's front end has none, and a target prints its input"
)]
pub struct Service {
    assembly: Assembly,
}

impl Service {
    /// Puts the service of a configuration file together, as `serve` does.
    ///
    /// # Errors
    ///
    /// Those of a start of `serve`.
    pub fn start(config: &Path) -> Result<Self> {
        let file = ConfigFile::read(config)?;
        let options = Config::try_from(file.section.clone())?;
        let assembly = assemble(&file, options)?;
        Ok(Self { assembly })
    }

    /// Serves the one request of a client, as a worker thread does.
    pub fn serve(&self, client: UnixStream, timeout: Duration) {
        self.assembly.front_end.handle_request(Connection {
            stream: Box::new(ClientStream::new(client, timeout, Arc::default())),
            metadata: None,
        });
    }

    /// The provider behind the service.
    pub fn provider(&self) -> &Provider {
        &self.assembly.provider
    }
}

/// What the service takes from the text of a configuration file.
#[derive(Debug)]
pub struct ReadConfig {
    /// The options of the `Pkcs11` section.
    pub section: Section,
    /// What `serve` logs as warnings.
    pub warnings: Vec<String>,
    /// Where the socket would be.
    pub socket_path: PathBuf,
    /// The directory of the mappings, if they are kept on disk.
    pub mappings_directory: Option<PathBuf>,
}

/// Reads the text of a configuration file, and no file.
///
/// # Errors
///
/// Those of a start of `serve` with this configuration.
pub fn read_config(text: &str) -> Result<ReadConfig> {
    let path = Path::new("config.toml");
    let file = ConfigFile::parse(&Source { path, text })?;
    Ok(ReadConfig {
        socket_path: file.socket_path().to_owned(),
        mappings_directory: file.mappings_directory(),
        section: file.section,
        warnings: file.warnings,
    })
}

/// The relative paths of the files in the directory of an on-disk key info manager that it would refuse.
///
/// # Errors
///
/// If a file cannot be read.
pub fn damaged_mappings(store: &Path) -> Result<Vec<PathBuf>> {
    damaged_mappings::find(store)
}

/// Moves these files out of the directory.
///
/// # Errors
///
/// If a file cannot be read or moved.
pub fn move_damaged_mappings(store: &Path) -> Result<()> {
    damaged_mappings::move_aside(store)
}
