//! Owns the reading of a Parsec `config.toml`, with this provider's options in its `Pkcs11` section.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use parsec_service::key_info_managers::on_disk_manager::DEFAULT_MAPPINGS_PATH;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::DeTable;
use zeroize::Zeroizing;

use self::checks::{check_manager_types, check_values, named_manager, the_pkcs11_section};
use super::unknown_keys::unread_keys;
use crate::config::Section;
use crate::error::{Error, ErrorKind, Result};
use crate::generation::{
    self, AuthenticatorConfig, CoreSettings, KeyInfoManagerConfig, ListenerConfig,
};
use crate::provider::Provider;

/// Where Parsec's clients look for the socket.
const DEFAULT_SOCKET_PATH: &str = "/run/parsec/parsec.sock";

/// A configuration file whose sections fit together.
#[derive(Debug)]
pub(super) struct ConfigFile {
    pub(super) core_settings: CoreSettings,
    pub(super) listener: ListenerConfig,
    pub(super) authenticator: AuthenticatorConfig,
    /// The key info manager that the provider names.
    pub(super) key_manager: KeyInfoManagerConfig,
    pub(super) provider_name: String,
    pub(super) section: Section,
    /// What is no error for the service, but surely not what was meant: `FILE:LINE: what`.
    pub(super) warnings: Vec<String>,
}

/// All of the file but the options of the provider.
#[derive(Deserialize)]
struct Settings {
    core_settings: CoreSettings,
    listener: ListenerConfig,
    authenticator: AuthenticatorConfig,
    #[serde(default)]
    key_manager: Vec<KeyInfoManagerConfig>,
    #[serde(default)]
    provider: Vec<Spanned<ProviderHead>>,
}

/// What every type of provider has.
#[derive(Deserialize)]
struct ProviderHead {
    provider_type: Spanned<String>,
    name: Option<String>,
    key_info_manager: Option<String>,
}

/// The same `[[provider]]` tables again, read for their options.
#[derive(Deserialize)]
struct Sections {
    provider: Vec<Section>,
}

impl ConfigFile {
    pub(super) fn read(path: &Path) -> Result<Self> {
        with_text(path, |text| Self::parse(&Source { path, text }))
    }

    pub(super) fn parse(source: &Source<'_>) -> Result<Self> {
        check_manager_types(source)?;
        let settings: Settings = source.toml()?;
        let mut warnings = unread_keys(source)?;
        check_values(source, &settings)?;
        let head = the_pkcs11_section(source, &settings.provider)?;
        let manager_name = head.as_ref().key_info_manager.clone().ok_or_else(|| {
            source.error(
                head.span(),
                "the section has no key_info_manager: set it to the name of a [[key_manager]]",
            )
        })?;
        let key_manager = named_manager(
            source,
            head,
            settings.key_manager,
            &manager_name,
            &mut warnings,
        )?;
        let provider_name = head.as_ref().name.clone();
        let sections: Sections = source.toml()?;
        Ok(Self {
            core_settings: settings.core_settings,
            listener: settings.listener,
            authenticator: settings.authenticator,
            key_manager,
            provider_name: provider_name
                .unwrap_or_else(|| Provider::DEFAULT_PROVIDER_NAME.to_owned()),
            // There is exactly one section, as `the_pkcs11_section` found.
            section: sections.provider.into_iter().next().unwrap_or_default(),
            warnings,
        })
    }

    /// Where clients find the service.
    pub(super) fn socket_path(&self) -> &Path {
        Path::new(
            self.listener
                .socket_path
                .as_deref()
                .unwrap_or(DEFAULT_SOCKET_PATH),
        )
    }

    /// The directory of the mappings, if the key info manager is the one on disk.
    pub(super) fn mappings_directory(&self) -> Option<PathBuf> {
        if generation::database(&self.key_manager).is_some() {
            return None;
        }
        let path = self.key_manager.store_path.as_deref();
        Some(PathBuf::from(path.unwrap_or(DEFAULT_MAPPINGS_PATH)))
    }
}

/// The text of a configuration file and its place, for errors.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// `PATH:LINE:COLUMN` of the beginning of `span`.
    pub(super) fn place(&self, span: Range<usize>) -> String {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        format!("{}:{line}:{column}", self.path.display())
    }

    /// The place of a key of the one table of this name; of the file if it stands nowhere.
    fn place_of(&self, table: &str, key: &str) -> String {
        let document = DeTable::parse(self.text).ok();
        let span = document.and_then(|document| {
            let table = document.get_ref().get(table)?.get_ref().as_table()?;
            Some(table.get_key_value(key)?.0.span())
        });
        match span {
            Some(span) => self.place(span),
            None => self.path.display().to_string(),
        }
    }

    fn error(&self, span: Range<usize>, what: impl std::fmt::Display) -> Error {
        refused(format!("{}: {what}", self.place(span)))
    }

    fn toml<T: DeserializeOwned>(&self) -> Result<T> {
        toml::from_str(self.text).map_err(|error| self.toml_error(&error))
    }

    /// The error without the line that TOML errors quote: the PIN may stand in it.
    pub(super) fn toml_error(&self, error: &toml::de::Error) -> Error {
        match error.span() {
            Some(span) => self.error(span, error.message()),
            None => refused(format!("{}: {}", self.path.display(), error.message())),
        }
    }
}

/// Lets `use_it` have the text of a configuration file, which may hold a PIN and is erased afterwards.
///
/// # Errors
/// If it cannot be read or is no UTF-8; those of `use_it`.
pub(crate) fn with_text<T>(path: &Path, use_it: impl FnOnce(&str) -> Result<T>) -> Result<T> {
    let text = fs::read(path).map(Zeroizing::new).map_err(|error| {
        refused(format!(
            "the configuration file {} cannot be read: name another one with --config",
            path.display()
        ))
        .with_source(error)
    })?;
    let text = std::str::from_utf8(&text).map_err(|error| {
        refused(format!("{}: not UTF-8, so no TOML", path.display())).with_source(error)
    })?;
    use_it(text)
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::Configuration, message)
}

mod checks;
#[cfg(test)]
mod releases;
#[cfg(test)]
mod tests;
