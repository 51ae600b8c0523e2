//! Owns what Parsec is told about the provider and about the keys that it holds.

use parsec_interface::operations::list_providers::{ProviderInfo, Uuid};
use parsec_interface::operations::{list_clients, list_keys};
use parsec_interface::requests::{ResponseStatus, Result};

use crate::generation::{self, Application, ProviderId};

use super::stored_id::State;
use super::{Core, Provider};

impl Provider {
    /// Parsec book, operation ListProviders: what it says about this one.
    pub(crate) fn information() -> Result<ProviderInfo> {
        let version = |part: &str| part.parse().unwrap_or_default();
        Ok(ProviderInfo {
            uuid: Uuid::parse_str(Provider::PROVIDER_UUID)
                .map_err(|_| ResponseStatus::InvalidEncoding)?,
            description: "PKCS #11 provider for elliptic-curve keys.".to_owned(),
            vendor: "parsec-pkcs11-ecc".to_owned(),
            version_maj: version(env!("CARGO_PKG_VERSION_MAJOR")),
            version_min: version(env!("CARGO_PKG_VERSION_MINOR")),
            version_rev: version(env!("CARGO_PKG_VERSION_PATCH")),
            id: ProviderId::Pkcs11,
        })
    }
}

impl Core {
    /// Pending keys do not exist for a client; one being destroyed is listed, as it can be destroyed.
    pub(crate) fn list_keys(&self, application: &Application) -> list_keys::Result {
        let mut keys: Vec<_> = self
            .mappings
            .all()
            .into_iter()
            .filter(|(identity, mapping)| {
                generation::application(identity) == application
                    && mapping.stored.state != State::Pending
            })
            .map(|(identity, mapping)| list_keys::KeyInfo {
                provider_id: ProviderId::Pkcs11,
                name: identity.key_name().to_owned(),
                attributes: mapping.attributes,
            })
            .collect();
        keys.sort_by(|a, b| a.name.cmp(&b.name));
        list_keys::Result { keys }
    }

    pub(crate) fn list_clients(&self) -> list_clients::Result {
        let mut clients: Vec<String> = self
            .mappings
            .all()
            .into_iter()
            .filter(|(_, mapping)| mapping.stored.state != State::Pending)
            .map(|(identity, _)| {
                generation::application_name(generation::application(&identity)).to_owned()
            })
            .collect();
        clients.sort();
        clients.dedup();
        list_clients::Result { clients }
    }
}
