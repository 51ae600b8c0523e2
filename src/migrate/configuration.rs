//! Owns the reading of a Parsec `config.toml` of any service, as far as a migration needs it: other providers
//! and authenticators than ours, too.

use std::path::{Path, PathBuf};

use parsec_interface::requests::AuthType;
use parsec_service::key_info_managers::on_disk_manager::DEFAULT_MAPPINGS_PATH;
use parsec_service::key_info_managers::sqlite_manager::DEFAULT_DB_PATH;
use parsec_service::utils::config::{KeyInfoManagerConfig, KeyInfoManagerType};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::provider_kind::{KINDS, ProviderKind, ProviderNames};
use super::refused;
use crate::config::Section;
use crate::error::Result;
use crate::service::config_file::with_text;

/// What the configuration of a service says about its mappings.
#[derive(Debug)]
pub(super) struct Configuration {
    path: PathBuf,
    managers: Vec<KeyInfoManagerConfig>,
    pub(super) auth_type: AuthType,
    pub(super) names: ProviderNames,
    pub(super) socket: Option<PathBuf>,
    /// The options of the `Pkcs11` section, if there is one.
    pub(super) section: Option<Section>,
}

#[derive(Deserialize)]
struct Settings {
    listener: Listener,
    authenticator: AuthenticatorHead,
    #[serde(default)]
    key_manager: Vec<KeyInfoManagerConfig>,
    #[serde(default)]
    provider: Vec<ProviderHead>,
}

#[derive(Deserialize)]
struct Listener {
    socket_path: Option<PathBuf>,
}

#[derive(Deserialize)]
struct AuthenticatorHead {
    auth_type: String,
}

#[derive(Deserialize)]
struct ProviderHead {
    provider_type: String,
    name: Option<String>,
}

/// The same `[[provider]]` tables again, read for the options of a `Pkcs11` section.
#[derive(Deserialize)]
struct Sections {
    #[serde(default)]
    provider: Vec<Section>,
}

impl Configuration {
    pub(super) fn read(path: &Path) -> Result<Self> {
        with_text(path, |text| Self::parse(path, text))
    }

    fn parse(path: &Path, text: &str) -> Result<Self> {
        let settings: Settings = parse(path, text)?;
        let auth_type = match settings.authenticator.auth_type.as_str() {
            "Direct" => AuthType::Direct,
            "UnixPeerCredentials" => AuthType::UnixPeerCredentials,
            "JwtSvid" => AuthType::JwtSvid,
            other => {
                return Err(refused(format!(
                    "{}: there is no authenticator \"{}\": set auth_type to \"Direct\", \"UnixPeerCredentials\" or \"JwtSvid\"",
                    path.display(),
                    other.escape_debug()
                )));
            }
        };
        Ok(Self {
            path: path.to_owned(),
            managers: settings.key_manager,
            auth_type,
            names: names(path, &settings.provider)?,
            socket: settings.listener.socket_path,
            section: pkcs11_section(path, text, &settings.provider)?,
        })
    }

    /// The directory of the on-disk manager; `option` gives another one.
    pub(super) fn store(&self, option: &str) -> Result<PathBuf> {
        let manager = self.the_manager("OnDisk", option, |kind| {
            matches!(kind, KeyInfoManagerType::OnDisk)
        })?;
        let path = manager.store_path.as_deref();
        Ok(path.unwrap_or(DEFAULT_MAPPINGS_PATH).into())
    }

    /// The database of the SQLite manager; `option` gives another one.
    pub(super) fn database(&self, option: &str) -> Result<PathBuf> {
        let manager = self.the_manager("SQLite", option, |kind| {
            matches!(kind, KeyInfoManagerType::SQLite)
        })?;
        let path = manager.sqlite_db_path.as_deref();
        Ok(path.unwrap_or(DEFAULT_DB_PATH).into())
    }

    fn the_manager(
        &self,
        kind_name: &str,
        option: &str,
        is_kind: fn(KeyInfoManagerType) -> bool,
    ) -> Result<&KeyInfoManagerConfig> {
        let mut found = self
            .managers
            .iter()
            .filter(|manager| is_kind(manager.manager_type));
        match (found.next(), found.next()) {
            (Some(manager), None) => Ok(manager),
            (None, _) => Err(refused(format!(
                "{}: no [[key_manager]] has manager_type = \"{kind_name}\": add one, or say its path with {option}",
                self.path.display()
            ))),
            (Some(_), Some(_)) => Err(refused(format!(
                "{}: several [[key_manager]] sections have manager_type = \"{kind_name}\": say the path of one with {option}",
                self.path.display()
            ))),
        }
    }
}

/// What TOML errors quote is left out: the PIN may stand there.
fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let line = error.span().map_or(String::new(), |span| {
            let before = text.get(..span.start).unwrap_or_default();
            format!(":{}", before.matches('\n').count() + 1)
        });
        refused(format!("{}{line}: {}", path.display(), error.message()))
    })
}

fn kind_of(head: &ProviderHead) -> Option<&'static ProviderKind> {
    KINDS
        .iter()
        .find(|kind| kind.section == Some(head.provider_type.as_str()))
}

/// Two sections of one type with two names leave open whose the mappings on disk are.
fn names(path: &Path, heads: &[ProviderHead]) -> Result<ProviderNames> {
    let mut names: Vec<(u8, String)> = Vec::new();
    for head in heads {
        let Some(kind) = kind_of(head) else {
            return Err(refused(format!(
                "{}: there is no provider of type \"{}\": correct provider_type",
                path.display(),
                head.provider_type.escape_debug()
            )));
        };
        let name = head.name.as_deref().unwrap_or(kind.default_name);
        match names.iter().find(|(number, _)| *number == kind.number) {
            Some((_, other)) if other != name => {
                return Err(refused(format!(
                    "{}: two sections of type {} have different names: which of them the mappings belong to is not known, so leave one",
                    path.display(),
                    head.provider_type
                )));
            }
            Some(_) => {}
            None => names.push((kind.number, name.to_owned())),
        }
    }
    Ok(ProviderNames::configured(names))
}

fn pkcs11_section(path: &Path, text: &str, heads: &[ProviderHead]) -> Result<Option<Section>> {
    let is_pkcs11 = |head: &ProviderHead| {
        kind_of(head).is_some_and(|kind| kind.number == ProviderKind::PKCS11_NUMBER)
    };
    let Some(index) = heads.iter().position(is_pkcs11) else {
        return Ok(None);
    };
    let sections: Sections = parse(path, text)?;
    Ok(sections.provider.into_iter().nth(index))
}
