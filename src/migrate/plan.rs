//! Owns what is to move: from where, to where, and whose.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use parsec_interface::requests::AuthType;

use super::configuration::Configuration;
use super::provider_kind::ProviderNames;
use super::refused;
use crate::config::Section;
use crate::error::Result;

/// Where Parsec's clients look for the socket.
const DEFAULT_SOCKET_PATH: &str = "/run/parsec/parsec.sock";

/// What a migration is asked to do.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The service's `config.toml`, which says all of the following that is not given.
    pub config: Option<PathBuf>,
    /// Where the mappings are: a directory; with `reverse`, a database.
    pub from: Option<PathBuf>,
    /// Where they go: a database; with `reverse`, a directory.
    pub to: Option<PathBuf>,
    /// The service's authenticator, if there is no configuration.
    pub authenticator: Option<Authenticator>,
    /// The service's socket.
    pub socket: Option<PathBuf>,
    /// Move from the database to the disk.
    pub reverse: bool,
    /// Write nothing.
    pub dry_run: bool,
    /// Move only the mappings of the provider with this name.
    pub provider: Option<String>,
    /// Leave out what cannot be read.
    pub skip_damaged: bool,
    /// Add to a database that has mappings of the same provider.
    pub merge: bool,
    /// Do not look for the keys on the token.
    pub without_token: bool,
}

/// One of the authenticators of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authenticator {
    /// `Direct`: an application is whatever name it gives.
    Direct,
    /// `UnixPeerCredentials`: an application is a Unix user.
    UnixPeerCredentials,
    /// `JwtSvid`: an application is a SPIFFE identity.
    JwtSvid,
}

impl Authenticator {
    pub(super) fn auth_type(self) -> AuthType {
        match self {
            Authenticator::Direct => AuthType::Direct,
            Authenticator::UnixPeerCredentials => AuthType::UnixPeerCredentials,
            Authenticator::JwtSvid => AuthType::JwtSvid,
        }
    }
}

impl FromStr for Authenticator {
    type Err = String;

    fn from_str(name: &str) -> std::result::Result<Self, String> {
        match name {
            "direct" => Ok(Authenticator::Direct),
            "unix-peer-credentials" => Ok(Authenticator::UnixPeerCredentials),
            "jwt-svid" => Ok(Authenticator::JwtSvid),
            _ => {
                Err("the authenticators are direct, unix-peer-credentials and jwt-svid".to_owned())
            }
        }
    }
}

/// The relative paths that a configuration says, each with the option that says another one.
///
/// They begin at the working directory of the service, which only one thing can show to be ours: that what is to
/// be moved is there, by a relative path, too.
#[derive(Debug, Default)]
struct Said(Vec<(PathBuf, &'static str)>);

impl Said {
    fn by_file(&mut self, path: PathBuf, option: &'static str) -> PathBuf {
        if path.is_relative() {
            self.0.push((path.clone(), option));
        }
        path
    }

    fn refuse_relative_unless_here(&self, file: &Path, source: &Path) -> Result<()> {
        let is_here = source.exists() && self.0.iter().any(|(path, _)| path == source);
        match self.0.first() {
            Some((path, option)) if !is_here => Err(refused(format!(
                "{}: {} begins at the working directory of the service: run this there, or say the whole path with {option}",
                file.display(),
                path.display()
            ))),
            _ => Ok(()),
        }
    }
}

/// A request of which everything is known.
#[derive(Debug)]
pub(super) struct Plan {
    /// The directory of the on-disk manager.
    pub(super) store: PathBuf,
    /// The database of the SQLite manager.
    pub(super) database: PathBuf,
    pub(super) auth_type: AuthType,
    pub(super) names: ProviderNames,
    pub(super) socket: PathBuf,
    /// The options of the provider whose token is asked.
    pub(super) section: Option<Section>,
}

impl Plan {
    /// # Errors
    /// What the configuration lacks and the request does not give.
    pub(super) fn new(request: &Request) -> Result<Self> {
        let given = match request.reverse {
            false => (request.from.clone(), request.to.clone()),
            true => (request.to.clone(), request.from.clone()),
        };
        let plan = match &request.config {
            Some(path) => Self::of_configuration(path, request, given)?,
            None => Self::without_configuration(request, given)?,
        };
        if let (Some(name), false) = (&request.provider, request.reverse) {
            if !plan.names.all().contains(&name.as_str()) {
                return Err(refused(format!(
                    "no provider is called \"{}\": the names are {}",
                    name.escape_debug(),
                    plan.names.all().join(", ")
                )));
            }
        }
        Ok(plan)
    }

    fn of_configuration(
        path: &Path,
        request: &Request,
        (store, database): (Option<PathBuf>, Option<PathBuf>),
    ) -> Result<Self> {
        let configuration = Configuration::read(path)?;
        let options = ("--from", "--to");
        let (store_option, database_option) = match request.reverse {
            false => options,
            true => (options.1, options.0),
        };
        let mut said = Said::default();
        let store = match store {
            Some(store) => store,
            None => said.by_file(configuration.store(store_option)?, store_option),
        };
        let database = match database {
            Some(database) => database,
            None => said.by_file(configuration.database(database_option)?, database_option),
        };
        let socket = match (request.socket.clone(), configuration.socket) {
            (Some(socket), _) => socket,
            (None, Some(socket)) => said.by_file(socket, "--socket"),
            (None, None) => DEFAULT_SOCKET_PATH.into(),
        };
        let source = match request.reverse {
            false => &store,
            true => &database,
        };
        said.refuse_relative_unless_here(path, source)?;
        Ok(Self {
            store,
            database,
            auth_type: configuration.auth_type,
            names: configuration.names,
            socket,
            section: configuration.section.filter(|_| !request.without_token),
        })
    }

    fn without_configuration(
        request: &Request,
        given: (Option<PathBuf>, Option<PathBuf>),
    ) -> Result<Self> {
        let ((Some(store), Some(database)), Some(authenticator)) = (given, request.authenticator)
        else {
            return Err(refused(
                "without --config, all of --from, --to and --auth are needed",
            ));
        };
        Ok(Self {
            store,
            database,
            auth_type: authenticator.auth_type(),
            names: ProviderNames::default(),
            socket: request
                .socket
                .clone()
                .unwrap_or_else(|| DEFAULT_SOCKET_PATH.into()),
            section: None,
        })
    }
}
