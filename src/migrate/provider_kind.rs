//! Owns the table of Parsec's providers: what the key info managers call each.

/// One of Parsec's providers, as each key info manager names it.
///
/// parsec-service has all of this, but only of the providers that it is built with.
#[derive(Debug)]
pub(super) struct ProviderKind {
    /// On the wire, and the name of its directories on disk.
    pub(super) number: u8,
    /// In the database.
    pub(super) uuid: &'static str,
    /// In the database, unless the configuration gives another.
    pub(super) default_name: &'static str,
    /// In the configuration; the core provider has no section.
    pub(super) section: Option<&'static str>,
    /// What the names of files begin with whose keys the provider made for itself.
    pub(super) internal_prefix: &'static str,
}

impl ProviderKind {
    /// The provider for keys on PKCS#11 tokens: number 2.
    pub(super) const PKCS11_NUMBER: u8 = 2;

    pub(super) fn with_number(number: u8) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.number == number)
    }

    pub(super) fn with_uuid(uuid: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.uuid == uuid)
    }

    /// The provider that made an internal key, and the key's name, from the name on disk.
    pub(super) fn of_internal(name: &str) -> Option<(&'static Self, &str)> {
        KINDS
            .iter()
            .find_map(|kind| Some((kind, name.strip_prefix(kind.internal_prefix)?)))
    }
}

impl PartialEq for ProviderKind {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

pub(super) static KINDS: [ProviderKind; 6] = [
    ProviderKind {
        number: 0,
        uuid: "47049873-2a43-4845-9d72-831eab668784",
        default_name: "core-provider",
        section: None,
        internal_prefix: "core",
    },
    ProviderKind {
        number: 1,
        uuid: "1c1139dc-ad7c-47dc-ad6b-db6fdb466552",
        default_name: "mbed-crypto-provider",
        section: Some("MbedCrypto"),
        internal_prefix: "mbedcrypto",
    },
    ProviderKind {
        number: ProviderKind::PKCS11_NUMBER,
        uuid: "30e39502-eba6-4d60-a4af-c518b7f5e38f",
        default_name: "pkcs11-provider",
        section: Some("Pkcs11"),
        internal_prefix: "pkcs11",
    },
    ProviderKind {
        number: 3,
        uuid: "1e4954a4-ff21-46d3-ab0c-661eeb667e1d",
        default_name: "tpm-provider",
        section: Some("Tpm"),
        internal_prefix: "tpm",
    },
    ProviderKind {
        number: 4,
        uuid: "71129441-508a-4da6-b6e8-7b98a777e4c0",
        default_name: "trusted-service-provider",
        section: Some("TrustedService"),
        internal_prefix: "trusted-service",
    },
    ProviderKind {
        number: 5,
        uuid: "b8ba81e2-e9f7-4bdd-b096-a29d0019960c",
        default_name: "cryptoauthlib-provider",
        section: Some("CryptoAuthLib"),
        internal_prefix: "cryptoauthlib",
    },
];

/// What each provider is called in the database.
#[derive(Debug, Clone, Default)]
pub(super) struct ProviderNames {
    /// Those that the configuration gives.
    configured: Vec<(u8, String)>,
    /// Whether there is a configuration that says them.
    pub(super) are_known: bool,
}

impl ProviderNames {
    pub(super) fn configured(configured: Vec<(u8, String)>) -> Self {
        Self {
            configured,
            are_known: true,
        }
    }

    pub(super) fn of(&self, kind: &ProviderKind) -> &str {
        self.configured
            .iter()
            .find(|(number, _)| *number == kind.number)
            .map_or(kind.default_name, |(_, name)| name)
    }

    /// Every name that a mapping on disk can get.
    pub(super) fn all(&self) -> Vec<&str> {
        KINDS.iter().map(|kind| self.of(kind)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parsec_interface::requests::ProviderId;

    #[test]
    fn numbers_are_those_of_the_wire() {
        for kind in &KINDS {
            let id = ProviderId::try_from(kind.number).unwrap();
            let name = format!("{id:?}");
            assert_eq!(kind.section.unwrap_or("Core"), name);
        }
        assert!(ProviderId::try_from(6).is_err());
    }

    #[test]
    fn uuids_are_those_of_parsec_service() {
        use parsec_service::providers::{core, pkcs11};
        let (core, pkcs11) = (
            (
                core::Provider::PROVIDER_UUID,
                core::Provider::DEFAULT_PROVIDER_NAME,
            ),
            (
                pkcs11::Provider::PROVIDER_UUID,
                pkcs11::Provider::DEFAULT_PROVIDER_NAME,
            ),
        );
        for (number, expected) in [(0, core), (2, pkcs11)] {
            let kind = ProviderKind::with_number(number).unwrap();
            assert_eq!((kind.uuid, kind.default_name), expected);
        }
    }

    #[test]
    fn no_prefix_begins_another() {
        for kind in &KINDS {
            let name = format!("{}-x", kind.internal_prefix);
            let (found, rest) = ProviderKind::of_internal(&name).unwrap();
            assert_eq!((found.number, rest), (kind.number, "-x"));
        }
        assert!(ProviderKind::of_internal("other").is_none());
    }
}
