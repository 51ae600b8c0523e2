//! Owns what Parsec 1.5 names or does in its own way: [`provider`](crate::provider) and
//! [`service`](crate::service) are the same source for every generation of Parsec that is served.
//!
//! Each package in `compat/` has a file of this name with the same items.

pub(crate) mod sqlite;

use std::fmt::Display;
use std::path::PathBuf;

use parsec_interface::operations::psa_algorithm::Algorithm;
use parsec_interface::operations::psa_key_attributes::{Attributes, UsageFlags};
use parsec_interface::operations::utils_deprecated_primitives::is_algorithm_deprecated;
use parsec_interface::requests::{AuthType, ResponseStatus, Result as PsaResult};
use parsec_service::authenticators::INTERNAL_APP_NAME;
use parsec_service::key_info_managers::sqlite_manager::DEFAULT_DB_PATH;
use parsec_service::key_info_managers::{KeyInfoManagerClient, KeyInfoManagerFactory};
use parsec_service::utils::GlobalConfig;
use parsec_service::utils::config::KeyInfoManagerType;
use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::op::KeyUsage;

pub(crate) use parsec_interface::requests::ProviderId;
pub(crate) use parsec_service::authenticators::ApplicationIdentity as Application;
pub(crate) use parsec_service::key_info_managers::KeyIdentity;
pub(crate) use parsec_service::providers::ProviderIdentity;
pub(crate) use parsec_service::utils::config::{
    AuthenticatorConfig, CoreSettings, KeyInfoManagerConfig, ListenerConfig, ServiceConfig,
};

/// The version of parsec-service that this is for, for messages.
pub(crate) const PARSEC: &str = "1.5";

/// The application whose keys are the service's own; its directory has a form of its own on the disk.
pub(crate) const INTERNAL_APPLICATION: Option<&str> = Some(INTERNAL_APP_NAME);

/// The keys of `[core_settings]`.
pub(crate) const CORE_SETTINGS: &[&str] = &[
    "thread_pool_size",
    "idle_listener_sleep_duration",
    "log_level",
    "log_timestamp",
    "body_len_limit",
    "log_error_details",
    "allow_root",
    "buffer_size_limit",
    "allow_deprecated",
];

/// The keys of `[authenticator]`.
pub(crate) const AUTHENTICATOR: &[&str] = &["auth_type", "admins", "workload_endpoint"];

/// The keys of `[[key_manager]]`.
pub(crate) const KEY_MANAGER: &[&str] = &["name", "manager_type", "store_path", "sqlite_db_path"];

/// The keys of `[[provider]]` that are not this provider's options.
pub(crate) const PROVIDER: &[&str] = &["provider_type", "name", "key_info_manager"];

/// What `ProviderBuilder::with_slot_number` takes.
pub(crate) type SlotNumber = Option<u64>;

pub(crate) fn slot_number(given: SlotNumber) -> Option<u64> {
    given
}

/// The name that an authenticator gave to an application.
pub(crate) fn application_name(application: &Application) -> &str {
    application.name()
}

/// Whether it is the service itself.
pub(crate) fn is_internal(application: &Application) -> bool {
    application.is_internal()
}

/// The application that a key belongs to.
pub(crate) fn application(identity: &KeyIdentity) -> &Application {
    identity.application()
}

/// The full identity of a name of an application.
pub(crate) fn key_identity(
    client: &KeyInfoManagerClient,
    application: &Application,
    name: &str,
) -> KeyIdentity {
    client.get_key_identity(application.clone(), name.to_owned())
}

/// The identity under which a provider keeps its mappings.
///
/// # Errors
///
/// [`ErrorKind::Configuration`] without a name.
pub(crate) fn provider_identity(uuid: &str, name: Option<String>) -> Result<ProviderIdentity> {
    let name =
        name.ok_or_else(|| Error::new(ErrorKind::Configuration, "the provider needs a name"))?;
    Ok(ProviderIdentity::new(uuid.to_owned(), name))
}

/// Whether `client` was built for the provider of this identity.
pub(crate) fn serves(client: &KeyInfoManagerClient, provider: &ProviderIdentity) -> bool {
    let identity = client.get_key_identity(Application::new_internal(), String::new());
    identity.provider() == provider
}

/// Makes the key info manager, which reads what is stored.
pub(crate) fn key_info_manager(
    config: &KeyInfoManagerConfig,
    auth_type: AuthType,
) -> std::result::Result<KeyInfoManagerFactory, impl Display + use<>> {
    if let Some(path) = database(config) {
        sqlite::make(&path, auth_type)?;
    }
    KeyInfoManagerFactory::new(config, auth_type).map_err(|error| format!("{error:#}"))
}

/// Replaces what the manager stores for `identity`.
pub(crate) fn replace_key_info(
    client: &KeyInfoManagerClient,
    identity: &KeyIdentity,
    id: &impl Serialize,
    attributes: Attributes,
) -> PsaResult<()> {
    client.replace_key_info(identity.clone(), id, attributes)
}

/// Removes what the manager stores for `identity`.
pub(crate) fn remove_key_info(
    client: &KeyInfoManagerClient,
    identity: &KeyIdentity,
) -> PsaResult<()> {
    client.remove_key_info(identity)
}

/// The file of a key info manager that is a database.
pub(crate) fn database(manager: &KeyInfoManagerConfig) -> Option<PathBuf> {
    matches!(manager.manager_type, KeyInfoManagerType::SQLite).then(|| {
        let path = manager.sqlite_db_path.as_deref();
        PathBuf::from(path.unwrap_or(DEFAULT_DB_PATH))
    })
}

/// What the token is to enforce of the usage flags.
pub(crate) fn usage(flags: UsageFlags) -> KeyUsage {
    KeyUsage {
        sign: flags.sign_hash() || flags.sign_message(),
        verify: flags.verify_hash() || flags.verify_message(),
        derive: flags.derive(),
        export: flags.export(),
    }
}

/// Whether the PSA Crypto API advises against an algorithm.
pub(crate) fn is_deprecated(algorithm: Algorithm) -> bool {
    is_algorithm_deprecated(algorithm)
}

/// Refuses to make deprecated keys unless `allow_deprecated` says otherwise.
///
/// # Errors
///
/// `DeprecatedPrimitive`.
pub(crate) fn check_deprecated_allowed() -> PsaResult<()> {
    if GlobalConfig::allow_deprecated() {
        return Ok(());
    }
    Err(ResponseStatus::DeprecatedPrimitive)
}

/// Whether Parsec has taken these of its global settings.
pub(crate) fn has_taken(settings: &CoreSettings) -> bool {
    GlobalConfig::log_error_details() == settings.log_error_details.unwrap_or(false)
        && GlobalConfig::allow_deprecated() == settings.allow_deprecated.unwrap_or(false)
}
