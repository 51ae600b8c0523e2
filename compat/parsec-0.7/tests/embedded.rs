//! The provider in another service for Parsec 0.7 than that of this package.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "parts are shared with other tests")]

#[path = "service/openssl.rs"]
mod openssl;
#[path = "embedded/provider.rs"]
mod provider;

/// What Parsec 0.7 names or does in its own way.
mod generation {
    use parsec_interface::operations::psa_key_attributes::UsageFlags;

    pub(crate) use parsec_interface::requests::ProviderID as ProviderId;
    pub(crate) use parsec_pkcs11_ecc_0_7::provider::{Provider, ProviderBuilder};
    pub(crate) use parsec_service::key_info_managers::{KeyInfoManagerConfig, KeyInfoManagerType};

    pub(crate) fn slot_number(slot: u64) -> u64 {
        slot
    }

    pub(crate) fn usage_flags() -> UsageFlags {
        UsageFlags {
            sign_hash: true,
            ..UsageFlags::default()
        }
    }
}
