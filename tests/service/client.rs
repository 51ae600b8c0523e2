//! Owns the client: parsec-client on a socket that is given, not taken from the environment.

use std::path::Path;
use std::time::Duration;

use parsec_client::auth::Authentication;
use parsec_client::core::interface::operations::can_do_crypto::{self, CheckType};
use parsec_client::core::interface::operations::psa_algorithm::{
    AsymmetricSignature, RawKeyAgreement,
};
use parsec_client::core::interface::operations::psa_key_attributes::Attributes;
use parsec_client::core::interface::operations::{
    NativeOperation, NativeResult, delete_client, list_clients, list_keys, list_opcodes,
    list_providers, ping, psa_destroy_key, psa_export_key, psa_export_public_key, psa_generate_key,
    psa_generate_random, psa_import_key, psa_raw_key_agreement, psa_sign_hash, psa_sign_message,
    psa_verify_hash, psa_verify_message,
};
use parsec_client::core::interface::requests::{Opcode, ProviderId, ResponseStatus};
use parsec_client::core::interface::secrecy::{ExposeSecret, Secret};
use parsec_client::core::ipc_handler::unix_socket::Handler;
use parsec_client::core::operation_client::OperationClient;
use parsec_client::core::request_client::RequestClient;
use parsec_client::error::{ClientErrorKind, Error};

const TIMEOUT: Duration = Duration::from_secs(60);

/// What a service answers.
pub(crate) type Answer<T = ()> = Result<T, ResponseStatus>;

/// One application.
pub(crate) struct Client {
    operations: OperationClient,
    authentication: Authentication,
}

macro_rules! ask {
    ($client:expr, $provider:ident, $variant:ident, $operation:expr) => {
        match $client.ask(ProviderId::$provider, NativeOperation::$variant($operation))? {
            NativeResult::$variant(result) => Ok(result),
            _ => unreachable!("parsec-client compares the operation codes"),
        }
    };
}

impl Client {
    /// `None` if there is no socket.
    pub(crate) fn connect(socket: &Path, authentication: Authentication) -> Option<Self> {
        let handler = Handler::new(socket.to_owned(), Some(TIMEOUT)).ok()?;
        let request_client = RequestClient {
            ipc_handler: Box::new(handler),
            ..RequestClient::default()
        };
        Some(Self {
            operations: OperationClient {
                request_client,
                ..OperationClient::default()
            },
            authentication,
        })
    }

    /// Sends one request; the error of a service that does not answer is told apart.
    pub(crate) fn send(
        &self,
        provider: ProviderId,
        operation: NativeOperation,
    ) -> Result<NativeResult, Error> {
        self.operations
            .process_operation(operation, provider, &self.authentication)
    }

    fn ask(&self, provider: ProviderId, operation: NativeOperation) -> Answer<NativeResult> {
        self.send(provider, operation).map_err(|error| match error {
            Error::Service(status) => status,
            Error::Client(error) => panic!("the service does not answer: {error}"),
        })
    }

    /// Whether there is a service on the socket: also one that answers every request as if it were
    /// another (examples/least_service.rs).
    pub(crate) fn answers(&self) -> bool {
        let operation = NativeOperation::Ping(ping::Operation {});
        matches!(
            self.send(ProviderId::Core, operation),
            Ok(_) | Err(Error::Client(ClientErrorKind::InvalidServiceResponseType))
        )
    }

    pub(crate) fn ping(&self) -> Answer<(u8, u8)> {
        ask!(self, Core, Ping, ping::Operation {}).map(|result| {
            (
                result.wire_protocol_version_maj,
                result.wire_protocol_version_min,
            )
        })
    }

    pub(crate) fn providers(&self) -> Answer<Vec<list_providers::ProviderInfo>> {
        let operation = list_providers::Operation {};
        ask!(self, Core, ListProviders, operation).map(|result| result.providers)
    }

    /// Whether the provider says that it has the operation.
    pub(crate) fn lists(&self, opcode: Opcode) -> Answer<bool> {
        let operation = list_opcodes::Operation {
            provider_id: ProviderId::Pkcs11,
        };
        ask!(self, Core, ListOpcodes, operation).map(|result| result.opcodes.contains(&opcode))
    }

    pub(crate) fn keys(&self) -> Answer<Vec<list_keys::KeyInfo>> {
        ask!(self, Core, ListKeys, list_keys::Operation {}).map(|result| result.keys)
    }

    /// The names of the application's keys, sorted.
    pub(crate) fn key_names(&self) -> Vec<String> {
        let keys = self.keys().unwrap();
        let mut names: Vec<String> = keys.into_iter().map(|key| key.name).collect();
        names.sort();
        names
    }

    pub(crate) fn clients(&self) -> Answer<Vec<String>> {
        let operation = list_clients::Operation {};
        ask!(self, Core, ListClients, operation).map(|result| result.clients)
    }

    pub(crate) fn delete_client(&self, client: &str) -> Answer {
        let operation = delete_client::Operation {
            client: client.to_owned(),
        };
        ask!(self, Core, DeleteClient, operation).map(|_| ())
    }

    pub(crate) fn generate(&self, name: &str, attributes: Attributes) -> Answer {
        let operation = psa_generate_key::Operation {
            key_name: name.to_owned(),
            attributes,
        };
        ask!(self, Pkcs11, PsaGenerateKey, operation).map(|_| ())
    }

    /// As [`Client::generate`], where the service may end meanwhile.
    pub(crate) fn try_generate(&self, name: &str, attributes: Attributes) -> Result<(), Error> {
        let operation = psa_generate_key::Operation {
            key_name: name.to_owned(),
            attributes,
        };
        self.send(ProviderId::Pkcs11, operation.into()).map(|_| ())
    }

    /// As [`Client::destroy`], where the service may end meanwhile.
    pub(crate) fn try_destroy(&self, name: &str) -> Result<(), Error> {
        let operation = psa_destroy_key::Operation {
            key_name: name.to_owned(),
        };
        self.send(ProviderId::Pkcs11, operation.into()).map(|_| ())
    }

    pub(crate) fn import(&self, name: &str, attributes: Attributes, data: &[u8]) -> Answer {
        let operation = psa_import_key::Operation {
            key_name: name.to_owned(),
            attributes,
            data: Secret::new(data.to_vec()),
        };
        ask!(self, Pkcs11, PsaImportKey, operation).map(|_| ())
    }

    pub(crate) fn destroy(&self, name: &str) -> Answer {
        let operation = psa_destroy_key::Operation {
            key_name: name.to_owned(),
        };
        ask!(self, Pkcs11, PsaDestroyKey, operation).map(|_| ())
    }

    pub(crate) fn export_public(&self, name: &str) -> Answer<Vec<u8>> {
        let operation = psa_export_public_key::Operation {
            key_name: name.to_owned(),
        };
        ask!(self, Pkcs11, PsaExportPublicKey, operation).map(|result| result.data.to_vec())
    }

    pub(crate) fn export(&self, name: &str) -> Answer<Vec<u8>> {
        let operation = psa_export_key::Operation {
            key_name: name.to_owned(),
        };
        ask!(self, Pkcs11, PsaExportKey, operation)
            .map(|result| result.data.expose_secret().to_vec())
    }

    pub(crate) fn sign_hash(
        &self,
        name: &str,
        alg: AsymmetricSignature,
        hash: &[u8],
    ) -> Answer<Vec<u8>> {
        let operation = psa_sign_hash::Operation {
            key_name: name.to_owned(),
            alg,
            hash: hash.to_vec().into(),
        };
        ask!(self, Pkcs11, PsaSignHash, operation).map(|result| result.signature.to_vec())
    }

    pub(crate) fn verify_hash(
        &self,
        name: &str,
        alg: AsymmetricSignature,
        hash: &[u8],
        signature: &[u8],
    ) -> Answer {
        let operation = psa_verify_hash::Operation {
            key_name: name.to_owned(),
            alg,
            hash: hash.to_vec().into(),
            signature: signature.to_vec().into(),
        };
        ask!(self, Pkcs11, PsaVerifyHash, operation).map(|_| ())
    }

    pub(crate) fn sign_message(
        &self,
        name: &str,
        alg: AsymmetricSignature,
        message: &[u8],
    ) -> Answer<Vec<u8>> {
        let operation = psa_sign_message::Operation {
            key_name: name.to_owned(),
            alg,
            message: message.to_vec().into(),
        };
        ask!(self, Pkcs11, PsaSignMessage, operation).map(|result| result.signature.to_vec())
    }

    pub(crate) fn verify_message(
        &self,
        name: &str,
        alg: AsymmetricSignature,
        message: &[u8],
        signature: &[u8],
    ) -> Answer {
        let operation = psa_verify_message::Operation {
            key_name: name.to_owned(),
            alg,
            message: message.to_vec().into(),
            signature: signature.to_vec().into(),
        };
        ask!(self, Pkcs11, PsaVerifyMessage, operation).map(|_| ())
    }

    pub(crate) fn agree(&self, name: &str, peer: &[u8]) -> Answer<Vec<u8>> {
        let operation = psa_raw_key_agreement::Operation {
            alg: RawKeyAgreement::Ecdh,
            private_key_name: name.to_owned(),
            peer_key: peer.to_vec().into(),
        };
        ask!(self, Pkcs11, PsaRawKeyAgreement, operation)
            .map(|result| result.shared_secret.expose_secret().to_vec())
    }

    pub(crate) fn random(&self, size: usize) -> Answer<Vec<u8>> {
        let operation = psa_generate_random::Operation { size };
        ask!(self, Pkcs11, PsaGenerateRandom, operation).map(|result| result.random_bytes.to_vec())
    }

    pub(crate) fn can_do(&self, check_type: CheckType, attributes: Attributes) -> Answer {
        let operation = can_do_crypto::Operation {
            check_type,
            attributes,
        };
        ask!(self, Pkcs11, CanDoCrypto, operation).map(|_| ())
    }
}
