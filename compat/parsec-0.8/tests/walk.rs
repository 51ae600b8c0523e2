//! All operations of the service for Parsec 0.8, with parsec-client of today and of that time.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "parts are shared with other tests")]

#[path = "walk/application.rs"]
mod application;
#[path = "service/client.rs"]
mod client;
#[path = "service/fixture.rs"]
mod fixture;
#[path = "service/keys.rs"]
mod keys;
#[path = "service/openssl.rs"]
mod openssl;
#[path = "service/process.rs"]
mod process;
#[path = "walk/sqlite.rs"]
mod sqlite;
#[path = "walk/steps.rs"]
mod steps;
#[path = "service/token_objects.rs"]
mod token_objects;
#[path = "walk/versions.rs"]
mod versions;

/// parsec-client 0.13.
mod then {
    crate::versions::client!(
        parsec_client_then,
        ProviderId,
        crate::versions::usage_by_setters!()
    );

    pub(crate) const OPERATIONS: [&str; 11] = [
        "PsaDestroyKey",
        "PsaExportKey",
        "PsaExportPublicKey",
        "PsaGenerateKey",
        "PsaGenerateRandom",
        "PsaImportKey",
        "PsaRawKeyAgreement",
        "PsaSignHash",
        "PsaSignMessage",
        "PsaVerifyHash",
        "PsaVerifyMessage",
    ];
}

/// What the wire protocol of this generation does not have yet.
mod later {
    use parsec_client::core::interface::operations::can_do_crypto::CheckType;
    use parsec_client::core::interface::requests::ResponseStatus;

    use crate::fixture::{Installation, Manager};
    use crate::keys::{ECDSA, signing};

    #[test]
    fn operations_of_later_generations_do_not_exist() {
        let installation = Installation::direct(Manager::OnDisk);
        let service = installation.start();
        let client = service.client("alice");
        client.generate("key", signing(256, ECDSA)).unwrap();
        let absent = Err(ResponseStatus::OpcodeDoesNotExist);
        let signature = client.sign_message("key", ECDSA, b"a message").unwrap();
        client
            .verify_message("key", ECDSA, b"a message", &signature)
            .unwrap();
        assert_eq!(
            client.can_do(CheckType::Generate, signing(256, ECDSA)),
            absent
        );
        service.stop();
    }
}
