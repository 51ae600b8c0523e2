//! Owns signing and verification of messages: policies, hashing, and where a signature is verified.

use log::info;
use parsec_interface::operations::psa_algorithm::{AsymmetricSignature, SignHash};
use parsec_interface::operations::{psa_sign_message, psa_verify_message};
use parsec_interface::requests::{ResponseStatus, Result};

use crate::ec::Hash;
use crate::generation::Application;
use crate::op;
use crate::provider::Core;
use crate::provider::attributes::hash_of;
use crate::provider::signature::signing_key;
use crate::provider::status::status;

impl Core {
    /// PSA Crypto API 1.1, section 10.7.2, `psa_sign_message`.
    pub(super) fn sign_message(
        &self,
        application: &Application,
        op: psa_sign_message::Operation,
    ) -> Result<psa_sign_message::Result> {
        let (mapping, key) = self.usable(application, &op.key_name)?;
        op.validate(mapping.attributes)?;
        let hash = message_hash(op.alg)?;
        let reference = signing_key(&mapping, &key, op.alg)?;
        let signature = op::sign::sign_message(&self.token, reference, hash, &op.message);
        Ok(psa_sign_message::Result {
            signature: signature.map_err(status)?.as_bytes().to_vec().into(),
        })
    }

    /// PSA Crypto API 1.1, section 10.7.2, `psa_verify_message`.
    pub(super) fn verify_message(
        &self,
        application: &Application,
        op: psa_verify_message::Operation,
    ) -> Result<psa_verify_message::Result> {
        let (mapping, key) = self.usable(application, &op.key_name)?;
        op.validate(mapping.attributes)?;
        let hash = message_hash(op.alg)?;
        let reference = key.reference(mapping.stored.id)?;
        let (message, signature) = (&op.message, &op.signature);
        let verified = match self.config().software_public_operations {
            true => {
                let digest = hash.digest(message);
                op::verify::verify_in_software(&self.token, reference, &digest, signature)
            }
            false => op::verify::verify_message(&self.token, reference, hash, message, signature),
        };
        verified.map_err(status)?;
        Ok(psa_verify_message::Result {})
    }
}

/// The hash that a message is to be hashed with under `algorithm`.
///
/// # Errors
///
/// `PsaErrorInvalidArgument` if the algorithm names none, `PsaErrorNotSupported` if it is one that is
/// too weak for a signature (MD2, MD4, MD5).
pub(crate) fn message_hash(algorithm: AsymmetricSignature) -> Result<Hash> {
    match algorithm.hash() {
        Some(SignHash::Specific(hash)) => hash_of(hash),
        Some(SignHash::Any) | None => {
            info!("A message can be hashed only if the algorithm names the hash.");
            Err(ResponseStatus::PsaErrorInvalidArgument)
        }
    }
}
