//! Owns what Parsec 0.7 and 0.8 name or do in the same way, and 1.x in another.

use std::fmt::Display;
use std::path::PathBuf;

use parsec_interface::operations::psa_algorithm::Algorithm;
use parsec_interface::operations::psa_key_attributes::Attributes;
use parsec_interface::requests::{AuthType, ResponseStatus, Result as PsaResult};
use parsec_service::key_info_managers::{KeyInfoManagerClient, KeyInfoManagerFactory};
use parsec_service::utils::GlobalConfig;
use serde::Serialize;

use super::{CoreSettings, KeyIdentity, KeyInfoManagerConfig, ProviderId};
use crate::error::Result;

pub(crate) use parsec_service::authenticators::ApplicationName as Application;

/// Providers are told apart by their numbers.
pub(crate) type ProviderIdentity = ProviderId;

/// The service has no keys of its own.
pub(crate) const INTERNAL_APPLICATION: Option<&str> = None;

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
];

/// The keys of `[[key_manager]]`.
pub(crate) const KEY_MANAGER: &[&str] = &["name", "manager_type", "store_path"];

/// The keys of `[[provider]]` that are not this provider's options.
pub(crate) const PROVIDER: &[&str] = &["provider_type", "key_info_manager"];

/// The name that an authenticator gave to an application.
pub(crate) fn application_name(application: &Application) -> &str {
    application
}

/// Whether it is the service itself, which has no keys here.
pub(crate) fn is_internal(_application: &Application) -> bool {
    false
}

/// The application that a key belongs to.
pub(crate) fn application(identity: &KeyIdentity) -> &Application {
    identity.app_name()
}

/// The full identity of a name of an application.
pub(crate) fn key_identity(
    client: &KeyInfoManagerClient,
    application: &Application,
    name: &str,
) -> KeyIdentity {
    client.get_key_triple(application.clone(), name.to_owned())
}

/// The identity under which a provider keeps its mappings: names and UUIDs are no part of it yet.
///
/// # Errors
///
/// None here.
pub(crate) fn provider_identity(_uuid: &str, _name: Option<String>) -> Result<ProviderIdentity> {
    Ok(ProviderId::Pkcs11)
}

/// Whether `client` was built for the provider of this identity.
pub(crate) fn serves(client: &KeyInfoManagerClient, provider: &ProviderIdentity) -> bool {
    let nobody = Application::from_name(String::new());
    key_identity(client, &nobody, "").belongs_to_provider(*provider)
}

/// Makes the key info manager, which reads what is stored.
pub(crate) fn key_info_manager(
    config: &KeyInfoManagerConfig,
    _auth_type: AuthType,
) -> std::result::Result<KeyInfoManagerFactory, impl Display + use<>> {
    KeyInfoManagerFactory::new(config)
}

/// Replaces what the manager stores for `identity`.
///
/// The manager has no call for that in each release, but its insertion replaces what is there before it
/// says so.
pub(crate) fn replace_key_info(
    client: &KeyInfoManagerClient,
    identity: &KeyIdentity,
    id: &impl Serialize,
    attributes: Attributes,
) -> PsaResult<()> {
    match client.insert_key_info(identity.clone(), id, attributes) {
        Err(ResponseStatus::PsaErrorAlreadyExists) => Ok(()),
        Ok(()) => {
            remove_key_info(client, identity)?;
            Err(ResponseStatus::PsaErrorDoesNotExist)
        }
        Err(status) => Err(status),
    }
}

/// Removes what the manager stores for `identity`.
pub(crate) fn remove_key_info(
    client: &KeyInfoManagerClient,
    identity: &KeyIdentity,
) -> PsaResult<()> {
    client.remove_key_info(identity).map(|_| ())
}

/// The file of a key info manager that is a database: there is none yet.
pub(crate) fn database(_manager: &KeyInfoManagerConfig) -> Option<PathBuf> {
    None
}

/// Whether the PSA Crypto API advises against an algorithm: Parsec does not say so yet.
pub(crate) fn is_deprecated(_algorithm: Algorithm) -> bool {
    false
}

/// Deprecated keys are made, as Parsec has neither a status for them nor an option.
///
/// # Errors
///
/// None here.
pub(crate) fn check_deprecated_allowed() -> PsaResult<()> {
    Ok(())
}

/// Whether Parsec has taken these of its global settings.
pub(crate) fn has_taken(settings: &CoreSettings) -> bool {
    GlobalConfig::log_error_details() == settings.log_error_details.unwrap_or(false)
}
