//! Owns the putting together of the service from Parsec's own parts.

use std::collections::HashMap;
use std::sync::Arc;

use log::{LevelFilter, info, warn};
use parsec_interface::operations_protobuf::ProtobufConverter;
use parsec_interface::requests::{AuthType, BodyType};
use parsec_service::authenticators::Authenticate;
use parsec_service::authenticators::direct_authenticator::DirectAuthenticator;
use parsec_service::authenticators::unix_peer_credentials_authenticator::UnixPeerCredentialsAuthenticator;
use parsec_service::back::backend_handler::{BackEndHandler, BackEndHandlerBuilder};
use parsec_service::back::dispatcher::DispatcherBuilder;
use parsec_service::front::front_end::{FrontEndHandler, FrontEndHandlerBuilder};
use parsec_service::key_info_managers::KeyInfoManagerClient;
use parsec_service::providers::Provide;
use parsec_service::providers::core::ProviderBuilder as CoreProviderBuilder;
use parsec_service::utils::ServiceBuilder;

use super::config_file::ConfigFile;
use super::damaged_mappings;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::generation::{self, AuthenticatorConfig, PARSEC, ProviderId, ServiceConfig};
use crate::provider::{Provider, ProviderBuilder};

/// The version of the wire protocol, minor and major, that the core provider answers Ping with.
const WIRE_PROTOCOL_VERSION: (u8, u8) = (0, 1);

/// The longest request body by default, in bytes: that of Parsec's own service.
const DEFAULT_BODY_LENGTH_LIMIT: usize = 1 << 20;

/// A service that is logged in on its token and waits for requests.
///
/// When both are dropped, the PKCS#11 module is finalised.
pub(super) struct Assembly {
    pub(super) front_end: FrontEndHandler,
    pub(super) provider: Arc<Provider>,
}

/// Makes authenticator, key info manager, provider, core provider and front end.
///
/// # Errors
/// What [`ProviderBuilder::try_build_with`] gives, above all [`ErrorKind::PinRefused`]; else
/// [`ErrorKind::Configuration`] for mappings that cannot be used.
pub(super) fn assemble(file: &ConfigFile, config: Config) -> Result<Assembly> {
    store_global_settings(file)?;
    let (auth_type, authenticator) = authenticator(&file.authenticator)?;
    let key_info_store = key_info_store(file, auth_type)?;
    let provider = ProviderBuilder::new()
        .with_provider_name(file.provider_name.clone())
        .with_key_info_store(key_info_store)
        .with_mappings_dir(file.mappings_directory())
        .with_mappings_database(generation::database(&file.key_manager))
        .try_build_with(config)?;
    let provider = Arc::new(provider);
    let backends = backends(Arc::clone(&provider), authenticator.as_ref())?;
    let dispatcher = DispatcherBuilder::new()
        .with_backends(backends)
        .build()
        .map_err(assembly_error)?;
    let body_length_limit = file.core_settings.body_len_limit;
    let front_end = FrontEndHandlerBuilder::new()
        .with_authenticator(auth_type, authenticator)
        .with_dispatcher(dispatcher)
        .with_body_len_limit(body_length_limit.unwrap_or(DEFAULT_BODY_LENGTH_LIMIT))
        .build()
        .map_err(assembly_error)?;
    Ok(Assembly {
        front_end,
        provider,
    })
}

/// Sets what Parsec keeps in private global variables.
///
/// Only `ServiceBuilder::build_service` sets them. Given no providers it does that, fails, and
/// logs the failure as if someone had wanted a service.
fn store_global_settings(file: &ConfigFile) -> Result<()> {
    let settings = &file.core_settings;
    let config = ServiceConfig {
        core_settings: *settings,
        listener: file.listener.clone(),
        authenticator: AuthenticatorConfig::Direct { admins: None },
        key_manager: None,
        provider: None,
    };
    let level = log::max_level();
    log::set_max_level(LevelFilter::Off);
    let built = ServiceBuilder::build_service(&config);
    log::set_max_level(level);
    match built {
        Err(_) if generation::has_taken(settings) => Ok(()),
        _ => Err(Error::new(
            ErrorKind::NotSupported,
            format!(
                "this version of parsec-service does not take its global settings as expected: build with {PARSEC}"
            ),
        )),
    }
}

type Authenticator = Box<dyn Authenticate + Send + Sync>;

fn authenticator(config: &AuthenticatorConfig) -> Result<(AuthType, Authenticator)> {
    match config {
        AuthenticatorConfig::Direct { admins } => {
            warn!(
                "the Direct authenticator believes the name that a client gives: use it only where every local user may use every key"
            );
            let admins = admins.clone().unwrap_or_default();
            Ok((AuthType::Direct, Box::new(DirectAuthenticator::new(admins))))
        }
        AuthenticatorConfig::UnixPeerCredentials { admins } => {
            let admins = admins.clone().unwrap_or_default();
            let authenticator = UnixPeerCredentialsAuthenticator::new(admins);
            Ok((AuthType::UnixPeerCredentials, Box::new(authenticator)))
        }
        #[allow(unreachable_patterns, reason = "Parsec 0.7 has no other")]
        _ => Err(Error::new(
            ErrorKind::Configuration,
            "this service was built without the authenticator JwtSvid",
        )),
    }
}

fn key_info_store(file: &ConfigFile, auth_type: AuthType) -> Result<KeyInfoManagerClient> {
    if let Some(directory) = file.mappings_directory() {
        damaged_mappings::move_aside(&directory)?;
    }
    let factory = generation::key_info_manager(&file.key_manager, auth_type).map_err(|error| {
        Error::new(
            ErrorKind::Configuration,
            format!(
                "the key info manager \"{}\" cannot be used ({error:#}): its files must belong to the user of this service",
                file.key_manager.name.escape_debug()
            ),
        )
    })?;
    let name = Some(file.provider_name.clone());
    let identity = generation::provider_identity(Provider::PROVIDER_UUID, name)?;
    Ok(factory.build_client(identity))
}

fn backends(
    provider: Arc<Provider>,
    authenticator: &(dyn Authenticate + Send + Sync),
) -> Result<HashMap<ProviderId, BackEndHandler>> {
    let (minor, major) = WIRE_PROTOCOL_VERSION;
    let description = authenticator.describe().map_err(assembly_error)?;
    let core = CoreProviderBuilder::new()
        .with_wire_protocol_version(minor, major)
        .with_authenticator_info(description)
        .with_provider(provider.clone())
        .build()
        .map_err(assembly_error)?;
    info!("the provider is ready");
    Ok(HashMap::from([
        (ProviderId::Pkcs11, backend(ProviderId::Pkcs11, provider)?),
        (ProviderId::Core, backend(ProviderId::Core, Arc::new(core))?),
    ]))
}

fn backend(id: ProviderId, provider: Arc<dyn Provide + Send + Sync>) -> Result<BackEndHandler> {
    BackEndHandlerBuilder::new()
        .with_provider(provider)
        .with_converter(Box::new(ProtobufConverter {}))
        .with_provider_id(id)
        .with_content_type(BodyType::Protobuf)
        .with_accept_type(BodyType::Protobuf)
        .build()
        .map_err(assembly_error)
}

/// Parsec's builders fail over parts that are missing, and none is.
fn assembly_error(error: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::NotSupported,
        format!(
            "this version of parsec-service cannot be assembled ({error}): build with {PARSEC}"
        ),
    )
}
