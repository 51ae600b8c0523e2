//! Owns the face that Parsec 0.8 sees: its `Provide` trait, one line per operation, and the
//! operations that some generations of Parsec lack.

mod message;

use std::collections::HashSet;

use log::trace;
use parsec_interface::operations::list_providers::ProviderInfo;
use parsec_interface::operations::{
    list_clients, list_keys, psa_destroy_key, psa_export_key, psa_export_public_key,
    psa_generate_key, psa_generate_random, psa_import_key, psa_raw_key_agreement, psa_sign_hash,
    psa_sign_message, psa_verify_hash, psa_verify_message,
};
use parsec_interface::requests::{Opcode, Result};
use parsec_service::providers::Provide;

use crate::generation::Application;
use crate::provider::Provider;

const SUPPORTED_OPCODES: [Opcode; 11] = [
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
];

impl Provide for Provider {
    fn describe(&self) -> Result<(ProviderInfo, HashSet<Opcode>)> {
        trace!("describe ingress");
        Ok((
            Provider::information()?,
            SUPPORTED_OPCODES.into_iter().collect(),
        ))
    }

    fn list_keys(
        &self,
        application: Application,
        _op: list_keys::Operation,
    ) -> Result<list_keys::Result> {
        trace!("list_keys ingress");
        Ok(self.core.list_keys(&application))
    }

    fn list_clients(&self, _op: list_clients::Operation) -> Result<list_clients::Result> {
        trace!("list_clients ingress");
        Ok(self.core.list_clients())
    }

    fn psa_generate_key(
        &self,
        application: Application,
        op: psa_generate_key::Operation,
    ) -> Result<psa_generate_key::Result> {
        trace!("psa_generate_key ingress");
        self.core.tidied(self.core.generate_key(&application, op))
    }

    fn psa_import_key(
        &self,
        application: Application,
        op: psa_import_key::Operation,
    ) -> Result<psa_import_key::Result> {
        trace!("psa_import_key ingress");
        self.core.tidied(self.core.import_key(&application, op))
    }

    fn psa_export_public_key(
        &self,
        application: Application,
        op: psa_export_public_key::Operation,
    ) -> Result<psa_export_public_key::Result> {
        trace!("psa_export_public_key ingress");
        self.core
            .tidied(self.core.export_public_key(&application, op))
    }

    fn psa_export_key(
        &self,
        application: Application,
        op: psa_export_key::Operation,
    ) -> Result<psa_export_key::Result> {
        trace!("psa_export_key ingress");
        self.core.tidied(self.core.export_key(&application, op))
    }

    fn psa_destroy_key(
        &self,
        application: Application,
        op: psa_destroy_key::Operation,
    ) -> Result<psa_destroy_key::Result> {
        trace!("psa_destroy_key ingress");
        self.core.tidied(self.core.destroy_key(&application, op))
    }

    fn psa_sign_hash(
        &self,
        application: Application,
        op: psa_sign_hash::Operation,
    ) -> Result<psa_sign_hash::Result> {
        trace!("psa_sign_hash ingress");
        self.core.tidied(self.core.sign_hash(&application, op))
    }

    fn psa_verify_hash(
        &self,
        application: Application,
        op: psa_verify_hash::Operation,
    ) -> Result<psa_verify_hash::Result> {
        trace!("psa_verify_hash ingress");
        self.core.verify_hash(&application, op)
    }

    fn psa_sign_message(
        &self,
        application: Application,
        op: psa_sign_message::Operation,
    ) -> Result<psa_sign_message::Result> {
        trace!("psa_sign_message ingress");
        self.core.tidied(self.core.sign_message(&application, op))
    }

    fn psa_verify_message(
        &self,
        application: Application,
        op: psa_verify_message::Operation,
    ) -> Result<psa_verify_message::Result> {
        trace!("psa_verify_message ingress");
        self.core.verify_message(&application, op)
    }

    fn psa_raw_key_agreement(
        &self,
        application: Application,
        op: psa_raw_key_agreement::Operation,
    ) -> Result<psa_raw_key_agreement::Result> {
        trace!("psa_raw_key_agreement ingress");
        self.core
            .tidied(self.core.raw_key_agreement(&application, op))
    }

    fn psa_generate_random(
        &self,
        op: psa_generate_random::Operation,
    ) -> Result<psa_generate_random::Result> {
        trace!("psa_generate_random ingress");
        self.core.tidied(self.core.generate_random(op))
    }
}
