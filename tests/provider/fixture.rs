//! Owns what the provider tests share: a token, a key info manager, a provider and raw access.

use std::path::PathBuf;

use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use parsec_interface::operations::psa_algorithm::{
    Algorithm, AsymmetricSignature, Hash, KeyAgreement, RawKeyAgreement, SignHash,
};
use parsec_interface::operations::psa_key_attributes::{
    Attributes, EccFamily, Lifetime, Policy, Type, UsageFlags,
};
use parsec_interface::operations::{
    list_keys, psa_destroy_key, psa_export_public_key, psa_generate_key, psa_import_key,
    psa_sign_hash,
};
use parsec_interface::requests::{AuthType, ResponseStatus};
use parsec_interface::secrecy::Secret;
use parsec_pkcs11_ecc::config::Section;
use parsec_pkcs11_ecc::provider::{Provider, ProviderBuilder};
use parsec_service::authenticators::ApplicationIdentity;
use parsec_service::key_info_managers::{KeyIdentity, KeyInfoManagerClient, KeyInfoManagerFactory};
use parsec_service::providers::{Provide, ProviderIdentity};
use parsec_service::utils::config::{KeyInfoManagerConfig, KeyInfoManagerType};
use softhsm_test::Token;
use tempfile::TempDir;

/// Both key info managers of Parsec 1.5.
pub(crate) const MANAGERS: [KeyInfoManagerType; 2] =
    [KeyInfoManagerType::OnDisk, KeyInfoManagerType::SQLite];

/// A place for mappings, and the token that their keys are on.
pub(crate) struct Place {
    pub(crate) token: Token,
    pub(crate) directory: TempDir,
    manager: KeyInfoManagerType,
}

impl Place {
    pub(crate) fn new(manager: KeyInfoManagerType) -> Self {
        // Tests of one process share the module, so none of them may be the one that finalises it.
        softhsm_test::pkcs11().unwrap();
        Self {
            token: Token::new().unwrap(),
            directory: tempfile::tempdir().unwrap(),
            manager,
        }
    }

    pub(crate) fn section(&self) -> Section {
        Section {
            library_path: Some(softhsm_test::module_path().unwrap()),
            serial_number: Some(self.token.serial().to_owned()),
            user_pin: Some(self.token.user_pin().to_owned().into()),
            instance: Some("test".to_owned()),
            ..Section::default()
        }
    }

    /// A new start of the provider.
    pub(crate) fn provider(&self) -> Provider {
        self.provider_with(self.section())
    }

    pub(crate) fn provider_with(&self, section: Section) -> Provider {
        self.build(&self.factory(), section)
    }

    /// A start of the provider in a service that has its manager already.
    pub(crate) fn provider_on(&self, factory: &KeyInfoManagerFactory) -> Provider {
        self.build(factory, self.section())
    }

    fn build(&self, factory: &KeyInfoManagerFactory, section: Section) -> Provider {
        ProviderBuilder::new()
            .with_provider_name(Provider::DEFAULT_PROVIDER_NAME.to_owned())
            .with_key_info_store(factory.build_client(provider_identity()))
            .with_mappings_dir(match self.manager {
                KeyInfoManagerType::OnDisk => Some(self.mappings()),
                KeyInfoManagerType::SQLite => None,
            })
            .with_section(section)
            .try_build()
            .unwrap()
    }

    /// The mappings as they are stored now.
    pub(crate) fn client(&self) -> KeyInfoManagerClient {
        self.factory().build_client(provider_identity())
    }

    pub(crate) fn factory(&self) -> KeyInfoManagerFactory {
        let path = |path: PathBuf| path.to_str().unwrap().to_owned();
        let config = KeyInfoManagerConfig {
            name: "manager".to_owned(),
            manager_type: self.manager,
            store_path: Some(path(self.mappings())),
            sqlite_db_path: Some(path(self.directory.path().join("mappings.sqlite3"))),
        };
        KeyInfoManagerFactory::new(&config, AuthType::Direct).unwrap()
    }

    pub(crate) fn mappings(&self) -> PathBuf {
        self.directory.path().join("mappings")
    }

    /// A session past the provider.
    pub(crate) fn session(&self) -> Session {
        let pkcs11 = softhsm_test::pkcs11().unwrap();
        let session = pkcs11
            .open_rw_session(self.token.slot(&pkcs11).unwrap())
            .unwrap();
        // While a provider is open in this process, the login is shared with it.
        let _ = session.login(UserType::User, Some(&self.token.auth_pin()));
        session
    }

    /// The objects on the token, of every class.
    pub(crate) fn objects(&self) -> usize {
        self.session().find_objects(&[]).unwrap().len()
    }

    /// The one private key on the token.
    pub(crate) fn private_key(&self, session: &Session) -> ObjectHandle {
        one(session, ObjectClass::PRIVATE_KEY)
    }

    /// The one public key on the token.
    pub(crate) fn public_key(&self, session: &Session) -> ObjectHandle {
        one(session, ObjectClass::PUBLIC_KEY)
    }
}

fn one(session: &Session, class: ObjectClass) -> ObjectHandle {
    let found = session.find_objects(&[Attribute::Class(class)]).unwrap();
    assert_eq!(found.len(), 1);
    found[0]
}

pub(crate) fn provider_identity() -> ProviderIdentity {
    ProviderIdentity::new(
        Provider::PROVIDER_UUID.to_owned(),
        Provider::DEFAULT_PROVIDER_NAME.to_owned(),
    )
}

pub(crate) fn attribute(
    session: &Session,
    object: ObjectHandle,
    attribute: AttributeType,
) -> Attribute {
    session
        .get_attributes(object, &[attribute])
        .unwrap()
        .pop()
        .unwrap()
}

pub(crate) fn application(name: &str) -> ApplicationIdentity {
    ApplicationIdentity::new(name.to_owned(), AuthType::Direct)
}

pub(crate) fn identity(name: &str) -> KeyIdentity {
    KeyIdentity::new(application("app"), provider_identity(), name.to_owned())
}

pub(crate) const ECDSA_SHA256: AsymmetricSignature = AsymmetricSignature::Ecdsa {
    hash_alg: SignHash::Specific(Hash::Sha256),
};

pub(crate) const ECDH: Algorithm =
    Algorithm::KeyAgreement(KeyAgreement::Raw(RawKeyAgreement::Ecdh));

pub(crate) const PAIR: Type = Type::EccKeyPair {
    curve_family: EccFamily::SecpR1,
};

pub(crate) const PUBLIC: Type = Type::EccPublicKey {
    curve_family: EccFamily::SecpR1,
};

/// A P-256 key pair that signs and verifies.
pub(crate) fn signing_pair() -> Attributes {
    let mut usage_flags = UsageFlags::default();
    usage_flags.set_sign_hash().set_verify_hash();
    Attributes {
        lifetime: Lifetime::Persistent,
        key_type: PAIR,
        bits: 256,
        policy: Policy {
            usage_flags,
            permitted_algorithms: ECDSA_SHA256.into(),
        },
    }
}

/// Whether a signature of [`Client::sign`] is one of this P-256 key, as OpenSSL sees it.
pub(crate) fn signed_by(point: &[u8], signature: &[u8]) -> bool {
    use openssl::bn::{BigNum, BigNumContext};
    use openssl::ec::{EcGroup, EcKey, EcPoint};

    let group = EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1).unwrap();
    let mut context = BigNumContext::new().unwrap();
    let point = EcPoint::from_bytes(&group, point, &mut context).unwrap();
    let key = EcKey::from_public_key(&group, &point).unwrap();
    let (r, s) = signature.split_at(32);
    let (r, s) = (
        BigNum::from_slice(r).unwrap(),
        BigNum::from_slice(s).unwrap(),
    );
    let signature = openssl::ecdsa::EcdsaSig::from_private_components(r, s).unwrap();
    signature.verify(&[7; 32], &key).unwrap()
}

/// The operations that most tests need, for the application `app`.
pub(crate) trait Client {
    fn generate(&self, name: &str, attributes: Attributes) -> Result<(), ResponseStatus>;
    fn import(&self, name: &str, attributes: Attributes, data: &[u8])
    -> Result<(), ResponseStatus>;
    fn destroy(&self, name: &str) -> Result<(), ResponseStatus>;
    fn sign(&self, name: &str) -> Result<Vec<u8>, ResponseStatus>;
    fn export_public(&self, name: &str) -> Result<Vec<u8>, ResponseStatus>;
    fn names(&self) -> Vec<String>;
}

impl Client for Provider {
    fn generate(&self, name: &str, attributes: Attributes) -> Result<(), ResponseStatus> {
        let key_name = name.to_owned();
        let op = psa_generate_key::Operation {
            key_name,
            attributes,
        };
        self.psa_generate_key(&application("app"), op).map(|_| ())
    }

    fn import(
        &self,
        name: &str,
        attributes: Attributes,
        data: &[u8],
    ) -> Result<(), ResponseStatus> {
        let op = psa_import_key::Operation {
            key_name: name.to_owned(),
            attributes,
            data: Secret::new(data.to_vec()),
        };
        self.psa_import_key(&application("app"), op).map(|_| ())
    }

    fn destroy(&self, name: &str) -> Result<(), ResponseStatus> {
        let key_name = name.to_owned();
        self.psa_destroy_key(&application("app"), psa_destroy_key::Operation { key_name })
            .map(|_| ())
    }

    fn sign(&self, name: &str) -> Result<Vec<u8>, ResponseStatus> {
        let op = psa_sign_hash::Operation {
            key_name: name.to_owned(),
            alg: ECDSA_SHA256,
            hash: vec![7; 32].into(),
        };
        self.psa_sign_hash(&application("app"), op)
            .map(|result| result.signature.to_vec())
    }

    fn export_public(&self, name: &str) -> Result<Vec<u8>, ResponseStatus> {
        let key_name = name.to_owned();
        self.psa_export_public_key(
            &application("app"),
            psa_export_public_key::Operation { key_name },
        )
        .map(|result| result.data.to_vec())
    }

    fn names(&self) -> Vec<String> {
        self.list_keys(&application("app"), list_keys::Operation {})
            .unwrap()
            .keys
            .into_iter()
            .map(|key| key.name)
            .collect()
    }
}
