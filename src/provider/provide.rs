//! Owns the face that Parsec sees: its `Provide` trait, one line per operation.

use std::collections::HashSet;

use log::{info, trace};
use parsec_interface::operations::list_providers::{ProviderInfo, Uuid};
use parsec_interface::operations::{
    can_do_crypto, list_clients, list_keys, psa_destroy_key, psa_export_key, psa_export_public_key,
    psa_generate_key, psa_generate_random, psa_import_key, psa_raw_key_agreement, psa_sign_hash,
    psa_sign_message, psa_verify_hash, psa_verify_message,
};
use parsec_interface::requests::{Opcode, ProviderId, ResponseStatus, Result};
use parsec_service::authenticators::ApplicationIdentity;
use parsec_service::providers::Provide;
use parsec_service::utils::GlobalConfig;

use crate::op;

use super::status::status;
use super::stored_id::State;
use super::{Core, Provider};

const SUPPORTED_OPCODES: [Opcode; 12] = [
    Opcode::PsaGenerateKey,
    Opcode::PsaDestroyKey,
    Opcode::PsaImportKey,
    Opcode::PsaExportPublicKey,
    Opcode::PsaExportKey,
    Opcode::PsaSignHash,
    Opcode::PsaVerifyHash,
    Opcode::PsaSignMessage,
    Opcode::PsaVerifyMessage,
    Opcode::PsaRawKeyAgreement,
    Opcode::PsaGenerateRandom,
    Opcode::CanDoCrypto,
];

impl Provide for Provider {
    fn describe(&self) -> Result<(ProviderInfo, HashSet<Opcode>)> {
        trace!("describe ingress");
        let version = |part: &str| part.parse().unwrap_or_default();
        let info = ProviderInfo {
            uuid: Uuid::parse_str(Provider::PROVIDER_UUID)
                .map_err(|_| ResponseStatus::InvalidEncoding)?,
            description: "PKCS #11 provider for elliptic-curve keys.".to_owned(),
            vendor: "parsec-pkcs11-ecc".to_owned(),
            version_maj: version(env!("CARGO_PKG_VERSION_MAJOR")),
            version_min: version(env!("CARGO_PKG_VERSION_MINOR")),
            version_rev: version(env!("CARGO_PKG_VERSION_PATCH")),
            id: ProviderId::Pkcs11,
        };
        Ok((info, SUPPORTED_OPCODES.into_iter().collect()))
    }

    fn list_keys(
        &self,
        application: &ApplicationIdentity,
        _op: list_keys::Operation,
    ) -> Result<list_keys::Result> {
        trace!("list_keys ingress");
        Ok(self.core.list_keys(application))
    }

    fn list_clients(&self, _op: list_clients::Operation) -> Result<list_clients::Result> {
        trace!("list_clients ingress");
        Ok(self.core.list_clients())
    }

    fn psa_generate_key(
        &self,
        application: &ApplicationIdentity,
        op: psa_generate_key::Operation,
    ) -> Result<psa_generate_key::Result> {
        trace!("psa_generate_key ingress");
        self.core.tidied(self.core.generate_key(application, op))
    }

    fn psa_import_key(
        &self,
        application: &ApplicationIdentity,
        op: psa_import_key::Operation,
    ) -> Result<psa_import_key::Result> {
        trace!("psa_import_key ingress");
        self.core.tidied(self.core.import_key(application, op))
    }

    fn psa_export_public_key(
        &self,
        application: &ApplicationIdentity,
        op: psa_export_public_key::Operation,
    ) -> Result<psa_export_public_key::Result> {
        trace!("psa_export_public_key ingress");
        self.core
            .tidied(self.core.export_public_key(application, op))
    }

    fn psa_export_key(
        &self,
        application: &ApplicationIdentity,
        op: psa_export_key::Operation,
    ) -> Result<psa_export_key::Result> {
        trace!("psa_export_key ingress");
        self.core.tidied(self.core.export_key(application, op))
    }

    fn psa_destroy_key(
        &self,
        application: &ApplicationIdentity,
        op: psa_destroy_key::Operation,
    ) -> Result<psa_destroy_key::Result> {
        trace!("psa_destroy_key ingress");
        self.core.tidied(self.core.destroy_key(application, op))
    }

    fn psa_sign_hash(
        &self,
        application: &ApplicationIdentity,
        op: psa_sign_hash::Operation,
    ) -> Result<psa_sign_hash::Result> {
        trace!("psa_sign_hash ingress");
        self.core.tidied(self.core.sign_hash(application, op))
    }

    fn psa_verify_hash(
        &self,
        application: &ApplicationIdentity,
        op: psa_verify_hash::Operation,
    ) -> Result<psa_verify_hash::Result> {
        trace!("psa_verify_hash ingress");
        self.core.verify_hash(application, op)
    }

    fn psa_sign_message(
        &self,
        application: &ApplicationIdentity,
        op: psa_sign_message::Operation,
    ) -> Result<psa_sign_message::Result> {
        trace!("psa_sign_message ingress");
        self.core.tidied(self.core.sign_message(application, op))
    }

    fn psa_verify_message(
        &self,
        application: &ApplicationIdentity,
        op: psa_verify_message::Operation,
    ) -> Result<psa_verify_message::Result> {
        trace!("psa_verify_message ingress");
        self.core.verify_message(application, op)
    }

    fn psa_raw_key_agreement(
        &self,
        application: &ApplicationIdentity,
        op: psa_raw_key_agreement::Operation,
    ) -> Result<psa_raw_key_agreement::Result> {
        trace!("psa_raw_key_agreement ingress");
        self.core
            .tidied(self.core.raw_key_agreement(application, op))
    }

    fn psa_generate_random(
        &self,
        op: psa_generate_random::Operation,
    ) -> Result<psa_generate_random::Result> {
        trace!("psa_generate_random ingress");
        self.core.tidied(self.core.generate_random(op))
    }

    fn can_do_crypto(
        &self,
        _application: &ApplicationIdentity,
        op: can_do_crypto::Operation,
    ) -> Result<can_do_crypto::Result> {
        trace!("can_do_crypto ingress");
        self.core.can_do_crypto(op)
    }
}

impl Core {
    /// Pending keys do not exist for a client; one being destroyed is listed, as it can be destroyed.
    fn list_keys(&self, application: &ApplicationIdentity) -> list_keys::Result {
        let mut keys: Vec<_> = self
            .mappings
            .all()
            .into_iter()
            .filter(|(identity, mapping)| {
                identity.application() == application && mapping.stored.state != State::Pending
            })
            .map(|(identity, mapping)| list_keys::KeyInfo {
                provider_id: ProviderId::Pkcs11,
                name: identity.key_name().clone(),
                attributes: mapping.attributes,
            })
            .collect();
        keys.sort_by(|a, b| a.name.cmp(&b.name));
        list_keys::Result { keys }
    }

    fn list_clients(&self) -> list_clients::Result {
        let mut clients: Vec<String> = self
            .mappings
            .all()
            .into_iter()
            .filter(|(_, mapping)| mapping.stored.state != State::Pending)
            .map(|(identity, _)| identity.application().name().clone())
            .collect();
        clients.sort();
        clients.dedup();
        list_clients::Result { clients }
    }

    /// PSA Crypto API 1.1, section 10.10.1, `psa_generate_random`.
    fn generate_random(
        &self,
        op: psa_generate_random::Operation,
    ) -> Result<psa_generate_random::Result> {
        if op.size > GlobalConfig::buffer_size_limit() {
            info!("More random bytes were asked for than buffer_size_limit allows.");
            return Err(ResponseStatus::ResponseTooLarge);
        }
        let random_bytes = op::random::random(&self.token, op.size).map_err(status)?;
        Ok(psa_generate_random::Result { random_bytes })
    }
}
