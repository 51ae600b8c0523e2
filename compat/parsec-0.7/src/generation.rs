//! Owns what Parsec 0.7 names or does in its own way: [`provider`](crate::provider) and
//! [`service`](crate::service) are the same source for every generation of Parsec that is served.

mod before_1_0;

use parsec_interface::operations::psa_key_attributes::UsageFlags;

use crate::op::KeyUsage;

pub(crate) use before_1_0::{
    Application, CORE_SETTINGS, INTERNAL_APPLICATION, KEY_MANAGER, PROVIDER, application,
    application_name, check_deprecated_allowed, database, has_taken, is_deprecated, is_internal,
    key_identity, key_info_manager, provider_identity, remove_key_info, replace_key_info, serves,
};
pub(crate) use parsec_interface::requests::ProviderID as ProviderId;
pub(crate) use parsec_service::authenticators::AuthenticatorConfig;
pub(crate) use parsec_service::front::listener::ListenerConfig;
pub(crate) use parsec_service::key_info_managers::{
    KeyInfoManagerConfig, KeyTriple as KeyIdentity,
};
pub(crate) use parsec_service::utils::{CoreSettings, ServiceConfig};

/// The version of parsec-service that this is for, for messages.
pub(crate) const PARSEC: &str = "0.7";

/// The keys of `[authenticator]`.
pub(crate) const AUTHENTICATOR: &[&str] = &["auth_type", "admins"];

/// What `ProviderBuilder::with_slot_number` takes.
pub(crate) type SlotNumber = u64;

pub(crate) fn slot_number(given: SlotNumber) -> Option<u64> {
    Some(given)
}

/// What the token is to enforce of the usage flags.
pub(crate) fn usage(flags: UsageFlags) -> KeyUsage {
    KeyUsage {
        sign: flags.sign_hash || flags.sign_message,
        verify: flags.verify_hash || flags.verify_message,
        derive: flags.derive,
        export: flags.export,
    }
}
