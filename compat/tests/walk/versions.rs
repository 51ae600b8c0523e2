//! Owns an application for each version of parsec-client: the same text against its types.

/// The result of an operation, or the return with another status.
macro_rules! answer {
    ($application:expr, $provider:expr, $variant:ident, $operation:expr) => {
        match $application.ask($provider, $operation)? {
            NativeResult::$variant(result) => result,
            _ => unreachable!("parsec-client compares the operation codes"),
        }
    };
}

/// Defines `Client`, an application with the parsec-client of that crate name.
///
/// `$usage` makes the usage flags of a [`Key`], and `$provider` is the type of provider numbers.
macro_rules! client {
    ($client:ident, $provider:ident, $usage:expr) => {
        use std::path::Path;
        use std::time::Duration;

        use $client::auth::Authentication;
        use $client::core::interface::operations::psa_algorithm::{
            Algorithm, AsymmetricSignature, Hash, KeyAgreement, RawKeyAgreement, SignHash,
        };
        use $client::core::interface::operations::psa_key_attributes::{
            Attributes, EccFamily, Lifetime, Policy, Type, UsageFlags,
        };
        use $client::core::interface::operations::{
            NativeOperation, NativeResult, list_keys, list_opcodes, list_providers,
            psa_destroy_key, psa_export_key, psa_export_public_key, psa_generate_key,
            psa_generate_random, psa_hash_compute, psa_import_key, psa_raw_key_agreement,
            psa_sign_hash, psa_verify_hash,
        };
        use $client::core::interface::requests::$provider;
        use $client::core::interface::secrecy::{ExposeSecret, Secret};
        use $client::core::ipc_handler::unix_socket::Handler;
        use $client::core::operation_client::OperationClient;
        use $client::core::request_client::RequestClient;
        use $client::error::Error;

        use crate::application::{Answer, Application, Key};

        const TIMEOUT: Duration = Duration::from_secs(60);

        const ECDSA: AsymmetricSignature = AsymmetricSignature::Ecdsa {
            hash_alg: SignHash::Specific(Hash::Sha256),
        };

        pub(crate) struct Client {
            operations: OperationClient,
            authentication: Authentication,
        }

        impl Client {
            pub(crate) fn connect(socket: &Path, name: &str) -> Self {
                let handler = Handler::new(socket.to_owned(), Some(TIMEOUT)).unwrap();
                let request_client = RequestClient {
                    ipc_handler: Box::new(handler),
                    ..RequestClient::default()
                };
                Self {
                    operations: OperationClient {
                        request_client,
                        ..OperationClient::default()
                    },
                    authentication: Authentication::Direct(name.to_owned()),
                }
            }

            fn ask(
                &self,
                provider: $provider,
                operation: impl Into<NativeOperation>,
            ) -> Answer<NativeResult> {
                self.operations
                    .process_operation(operation.into(), provider, &self.authentication)
                    .map_err(|error| match error {
                        Error::Service(status) => format!("{status:?}"),
                        Error::Client(error) => panic!("the service does not answer: {error}"),
                    })
            }
        }

        fn attributes(key: Key) -> Attributes {
            let curve_family = EccFamily::SecpR1;
            Attributes {
                lifetime: Lifetime::Persistent,
                key_type: match key.public {
                    true => Type::EccPublicKey { curve_family },
                    false => Type::EccKeyPair { curve_family },
                },
                bits: key.bits,
                policy: Policy {
                    usage_flags: $usage(key),
                    permitted_algorithms: match key.agrees {
                        true => Algorithm::KeyAgreement(KeyAgreement::Raw(RawKeyAgreement::Ecdh)),
                        false => Algorithm::AsymmetricSignature(ECDSA),
                    },
                },
            }
        }

        impl Application for Client {
            fn provider_description(&self) -> Answer<String> {
                let operation = list_providers::Operation {};
                let result =
                    crate::versions::answer!(self, $provider::Core, ListProviders, operation);
                let mut providers = result.providers.into_iter();
                let ours = providers.find(|provider| provider.id == $provider::Pkcs11);
                Ok(ours.unwrap().description)
            }

            fn operations(&self) -> Answer<Vec<String>> {
                let operation = list_opcodes::Operation {
                    provider_id: $provider::Pkcs11,
                };
                let opcodes =
                    crate::versions::answer!(self, $provider::Core, ListOpcodes, operation).opcodes;
                let mut names: Vec<_> = opcodes.iter().map(|code| format!("{code:?}")).collect();
                names.sort();
                Ok(names)
            }

            fn keys(&self) -> Answer<Vec<String>> {
                let keys = crate::versions::answer!(
                    self,
                    $provider::Core,
                    ListKeys,
                    list_keys::Operation {}
                )
                .keys;
                let mut names: Vec<_> = keys.into_iter().map(|key| key.name).collect();
                names.sort();
                Ok(names)
            }

            fn generate(&self, name: &str, key: Key) -> Answer {
                let operation = psa_generate_key::Operation {
                    key_name: name.to_owned(),
                    attributes: attributes(key),
                };
                crate::versions::answer!(self, $provider::Pkcs11, PsaGenerateKey, operation);
                Ok(())
            }

            fn generate_rsa(&self, name: &str) -> Answer {
                let mut attributes = attributes(Key::signing(2048));
                attributes.key_type = Type::RsaKeyPair;
                attributes.policy.permitted_algorithms =
                    Algorithm::AsymmetricSignature(AsymmetricSignature::RsaPkcs1v15Sign {
                        hash_alg: SignHash::Specific(Hash::Sha256),
                    });
                let operation = psa_generate_key::Operation {
                    key_name: name.to_owned(),
                    attributes,
                };
                crate::versions::answer!(self, $provider::Pkcs11, PsaGenerateKey, operation);
                Ok(())
            }

            fn import(&self, name: &str, key: Key, data: &[u8]) -> Answer {
                let operation = psa_import_key::Operation {
                    key_name: name.to_owned(),
                    attributes: attributes(key),
                    data: Secret::new(data.to_vec()),
                };
                crate::versions::answer!(self, $provider::Pkcs11, PsaImportKey, operation);
                Ok(())
            }

            fn export_public(&self, name: &str) -> Answer<Vec<u8>> {
                let operation = psa_export_public_key::Operation {
                    key_name: name.to_owned(),
                };
                Ok(
                    crate::versions::answer!(
                        self,
                        $provider::Pkcs11,
                        PsaExportPublicKey,
                        operation
                    )
                    .data
                    .to_vec(),
                )
            }

            fn export(&self, name: &str) -> Answer<Vec<u8>> {
                let operation = psa_export_key::Operation {
                    key_name: name.to_owned(),
                };
                let result =
                    crate::versions::answer!(self, $provider::Pkcs11, PsaExportKey, operation);
                Ok(result.data.expose_secret().to_vec())
            }

            fn destroy(&self, name: &str) -> Answer {
                let operation = psa_destroy_key::Operation {
                    key_name: name.to_owned(),
                };
                crate::versions::answer!(self, $provider::Pkcs11, PsaDestroyKey, operation);
                Ok(())
            }

            fn sign_hash(&self, name: &str, digest: &[u8]) -> Answer<Vec<u8>> {
                let operation = psa_sign_hash::Operation {
                    key_name: name.to_owned(),
                    alg: ECDSA,
                    hash: digest.to_vec().into(),
                };
                Ok(
                    crate::versions::answer!(self, $provider::Pkcs11, PsaSignHash, operation)
                        .signature
                        .to_vec(),
                )
            }

            fn verify_hash(&self, name: &str, digest: &[u8], signature: &[u8]) -> Answer {
                let operation = psa_verify_hash::Operation {
                    key_name: name.to_owned(),
                    alg: ECDSA,
                    hash: digest.to_vec().into(),
                    signature: signature.to_vec().into(),
                };
                crate::versions::answer!(self, $provider::Pkcs11, PsaVerifyHash, operation);
                Ok(())
            }

            fn agree(&self, name: &str, peer: &[u8]) -> Answer<Vec<u8>> {
                let operation = psa_raw_key_agreement::Operation {
                    alg: RawKeyAgreement::Ecdh,
                    private_key_name: name.to_owned(),
                    peer_key: peer.to_vec().into(),
                };
                let result = crate::versions::answer!(
                    self,
                    $provider::Pkcs11,
                    PsaRawKeyAgreement,
                    operation
                );
                Ok(result.shared_secret.expose_secret().to_vec())
            }

            fn random(&self, size: usize) -> Answer<Vec<u8>> {
                let operation = psa_generate_random::Operation { size };
                Ok(
                    crate::versions::answer!(self, $provider::Pkcs11, PsaGenerateRandom, operation)
                        .random_bytes
                        .to_vec(),
                )
            }

            fn hash(&self, data: &[u8]) -> Answer<Vec<u8>> {
                let operation = psa_hash_compute::Operation {
                    alg: Hash::Sha256,
                    input: data.to_vec().into(),
                };
                Ok(
                    crate::versions::answer!(self, $provider::Pkcs11, PsaHashCompute, operation)
                        .hash
                        .to_vec(),
                )
            }
        }
    };
}

/// The usage flags of a key, where they have setters.
macro_rules! usage_by_setters {
    () => {
        |key: Key| {
            let mut flags = UsageFlags::default();
            if key.signs {
                flags.set_sign_hash();
            }
            if key.verifies {
                flags.set_verify_hash();
            }
            if key.agrees {
                flags.set_derive();
            }
            if key.exports {
                flags.set_export();
            }
            flags
        }
    };
}

/// parsec-client of today.
pub(crate) mod today {
    client!(parsec_client, ProviderId, usage_by_setters!());
}

#[allow(
    unused_imports,
    reason = "not every version of parsec-client has setters"
)]
pub(crate) use {answer, client, usage_by_setters};
