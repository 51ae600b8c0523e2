//! The provider in a service of somebody else: built by its builder, asked by the trait `Provide`.

use std::path::Path;

use parsec_interface::operations::psa_algorithm::{Algorithm, AsymmetricSignature, Hash, SignHash};
use parsec_interface::operations::psa_key_attributes::{
    Attributes, EccFamily, Lifetime, Policy, Type,
};
use parsec_interface::operations::{
    list_keys, psa_destroy_key, psa_export_public_key, psa_generate_key, psa_sign_hash,
};
use parsec_interface::requests::ResponseStatus;
use parsec_service::authenticators::ApplicationName;
use parsec_service::key_info_managers::{KeyInfoManagerClient, KeyInfoManagerFactory};
use parsec_service::providers::Provide;
use softhsm_test::Token;

use crate::generation::{
    KeyInfoManagerConfig, KeyInfoManagerType, Provider, ProviderBuilder, ProviderId, slot_number,
    usage_flags,
};

const ECDSA: AsymmetricSignature = AsymmetricSignature::Ecdsa {
    hash_alg: SignHash::Specific(Hash::Sha256),
};

fn client(store: &Path, of: ProviderId) -> KeyInfoManagerClient {
    let config = KeyInfoManagerConfig {
        name: "manager".to_owned(),
        manager_type: KeyInfoManagerType::OnDisk,
        store_path: Some(store.to_str().unwrap().to_owned()),
    };
    let managers = KeyInfoManagerFactory::new(&config).unwrap();
    managers.build_client(of)
}

fn builder(token: &Token, store: &Path, of: ProviderId) -> ProviderBuilder {
    let pkcs11 = softhsm_test::pkcs11().unwrap();
    let slot = token.slot(&pkcs11).unwrap();
    let module = softhsm_test::module_path().unwrap();
    ProviderBuilder::new()
        .with_key_info_store(client(store, of))
        .with_pkcs11_library_path(module.to_str().unwrap().to_owned())
        .with_slot_number(slot_number(slot.id()))
        .with_user_pin(Some(token.user_pin().to_owned()))
        .with_software_public_operations(Some(false))
}

fn alice() -> ApplicationName {
    ApplicationName::from_name("alice".to_owned())
}

fn attributes(key_type: Type, bits: usize, algorithm: AsymmetricSignature) -> Attributes {
    Attributes {
        lifetime: Lifetime::Persistent,
        key_type,
        bits,
        policy: Policy {
            usage_flags: usage_flags(),
            permitted_algorithms: Algorithm::AsymmetricSignature(algorithm),
        },
    }
}

fn generate(provider: &Provider, name: &str) -> Result<(), ResponseStatus> {
    let pair = Type::EccKeyPair {
        curve_family: EccFamily::SecpR1,
    };
    let operation = psa_generate_key::Operation {
        key_name: name.to_owned(),
        attributes: attributes(pair, 256, ECDSA),
    };
    provider.psa_generate_key(alice(), operation).map(|_| ())
}

fn destroy(provider: &Provider, name: &str) -> Result<(), ResponseStatus> {
    let operation = psa_destroy_key::Operation {
        key_name: name.to_owned(),
    };
    provider.psa_destroy_key(alice(), operation).map(|_| ())
}

fn names(provider: &Provider) -> Vec<String> {
    let listed = provider.list_keys(alice(), list_keys::Operation {});
    let keys = listed.unwrap().keys;
    keys.into_iter().map(|key| key.name).collect()
}

fn signs(provider: &Provider, name: &str) {
    let digest = crate::openssl::digest(
        parsec_client::core::interface::operations::psa_algorithm::Hash::Sha256,
        name.as_bytes(),
    );
    let operation = psa_sign_hash::Operation {
        key_name: name.to_owned(),
        alg: ECDSA,
        hash: digest.clone().into(),
    };
    let signed = provider.psa_sign_hash(alice(), operation).unwrap();
    let operation = psa_export_public_key::Operation {
        key_name: name.to_owned(),
    };
    let exported = provider.psa_export_public_key(alice(), operation).unwrap();
    let verifies = crate::openssl::verifies(256, &exported.data, &digest, &signed.signature);
    assert!(verifies);
}

/// Also without the directory of the mappings, where they are replaced by the manager.
#[test]
fn keys_are_stored_and_forgotten() {
    for knows_directory in [true, false] {
        let token = Token::new().unwrap();
        let store = tempfile::tempdir().unwrap();
        let open = || {
            let directory = knows_directory.then(|| store.path().to_owned());
            builder(&token, store.path(), ProviderId::Pkcs11)
                .with_mappings_dir(directory)
                .build()
                .unwrap()
        };
        let provider = open();
        generate(&provider, "kept").unwrap();
        generate(&provider, "destroyed").unwrap();
        let again = generate(&provider, "kept");
        assert_eq!(again, Err(ResponseStatus::PsaErrorAlreadyExists));
        signs(&provider, "kept");
        destroy(&provider, "destroyed").unwrap();
        let again = destroy(&provider, "destroyed");
        assert_eq!(again, Err(ResponseStatus::PsaErrorDoesNotExist));
        drop(provider);

        let provider = open();
        assert_eq!(names(&provider), ["kept"]);
        signs(&provider, "kept");
        destroy(&provider, "kept").unwrap();
        drop(provider);
        assert!(names(&open()).is_empty());
    }
}

#[test]
fn the_client_of_another_provider_is_refused() {
    let token = Token::new().unwrap();
    let store = tempfile::tempdir().unwrap();
    let refused = builder(&token, store.path(), ProviderId::MbedCrypto).build();
    let error = refused.map(|_| ()).unwrap_err().to_string();
    assert!(
        error.contains("was built for a provider of another"),
        "{error}"
    );
}

/// A mapping as Parsec's own PKCS#11 provider writes it is listed, and left as it is.
#[test]
fn mappings_of_rsa_keys_are_kept() {
    let token = Token::new().unwrap();
    let store = tempfile::tempdir().unwrap();
    let own = client(store.path(), ProviderId::Pkcs11);
    let rsa = AsymmetricSignature::RsaPkcs1v15Sign {
        hash_alg: SignHash::Specific(Hash::Sha256),
    };
    let key = own.get_key_triple(alice(), "rsa".to_owned());
    let number: u32 = 0x0102_0304;
    own.insert_key_info(
        key.clone(),
        &number,
        attributes(Type::RsaKeyPair, 2048, rsa),
    )
    .unwrap();
    drop(own);

    let provider = builder(&token, store.path(), ProviderId::Pkcs11)
        .with_mappings_dir(Some(store.path().to_owned()))
        .build()
        .unwrap();
    assert_eq!(names(&provider), ["rsa"]);
    let not_supported = Err(ResponseStatus::PsaErrorNotSupported);
    let operation = psa_sign_hash::Operation {
        key_name: "rsa".to_owned(),
        alg: rsa,
        hash: vec![7; 32].into(),
    };
    let signed = provider.psa_sign_hash(alice(), operation).map(|_| ());
    assert_eq!(signed, not_supported);
    assert_eq!(destroy(&provider, "rsa"), not_supported);
    let taken = generate(&provider, "rsa");
    assert_eq!(taken, Err(ResponseStatus::PsaErrorAlreadyExists));
    drop(provider);

    let own = client(store.path(), ProviderId::Pkcs11);
    assert_eq!(own.get_key_id::<u32>(&key), Ok(number));
    assert_eq!(
        own.get_key_attributes(&key).unwrap().key_type,
        Type::RsaKeyPair
    );
}
