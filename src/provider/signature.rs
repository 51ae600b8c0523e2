//! Owns signing and verification: policies, hashing, and where a signature is verified.

use log::info;
use parsec_interface::operations::psa_algorithm::AsymmetricSignature;
use parsec_interface::operations::{
    psa_sign_hash, psa_sign_message, psa_verify_hash, psa_verify_message,
};
use parsec_interface::requests::{ResponseStatus, Result};
use parsec_service::authenticators::ApplicationIdentity;

use crate::op;

use super::Core;
use super::attributes::{EccKey, KeyKind, message_hash};
use super::status::status;
use super::stored_id::Mapping;

impl Core {
    /// PSA Crypto API 1.1, section 10.7.2, `psa_sign_hash`.
    pub(super) fn sign_hash(
        &self,
        application: &ApplicationIdentity,
        op: psa_sign_hash::Operation,
    ) -> Result<psa_sign_hash::Result> {
        let (mapping, key) = self.usable(application, &op.key_name)?;
        op.validate(mapping.attributes)?;
        let signature = self.sign(&mapping, &key, op.alg, &op.hash)?;
        Ok(psa_sign_hash::Result {
            signature: signature.into(),
        })
    }

    /// PSA Crypto API 1.1, section 10.7.2, `psa_sign_message`.
    pub(super) fn sign_message(
        &self,
        application: &ApplicationIdentity,
        op: psa_sign_message::Operation,
    ) -> Result<psa_sign_message::Result> {
        let (mapping, key) = self.usable(application, &op.key_name)?;
        op.validate(mapping.attributes)?;
        let digest = message_hash(op.alg)?.digest(&op.message);
        let signature = self.sign(&mapping, &key, op.alg, &digest)?;
        Ok(psa_sign_message::Result {
            signature: signature.into(),
        })
    }

    /// PSA Crypto API 1.1, section 10.7.2, `psa_verify_hash`.
    pub(super) fn verify_hash(
        &self,
        application: &ApplicationIdentity,
        op: psa_verify_hash::Operation,
    ) -> Result<psa_verify_hash::Result> {
        let (mapping, key) = self.usable(application, &op.key_name)?;
        op.validate(mapping.attributes)?;
        self.verify(&mapping, &key, &op.hash, &op.signature)?;
        Ok(psa_verify_hash::Result {})
    }

    /// PSA Crypto API 1.1, section 10.7.2, `psa_verify_message`.
    pub(super) fn verify_message(
        &self,
        application: &ApplicationIdentity,
        op: psa_verify_message::Operation,
    ) -> Result<psa_verify_message::Result> {
        let (mapping, key) = self.usable(application, &op.key_name)?;
        op.validate(mapping.attributes)?;
        let digest = message_hash(op.alg)?.digest(&op.message);
        self.verify(&mapping, &key, &digest, &op.signature)?;
        Ok(psa_verify_message::Result {})
    }

    /// Parsec's `validate` looks at the policy only; that a public key cannot sign is checked here.
    fn sign(
        &self,
        mapping: &Mapping,
        key: &EccKey,
        algorithm: AsymmetricSignature,
        digest: &[u8],
    ) -> Result<Vec<u8>> {
        if key.kind == KeyKind::PublicKey {
            info!("A public key cannot sign.");
            return Err(ResponseStatus::PsaErrorInvalidArgument);
        }
        if matches!(algorithm, AsymmetricSignature::DeterministicEcdsa { .. }) {
            info!(
                "Deterministic ECDSA (RFC 6979) cannot be signed: PKCS#11 has no mechanism that \
                 promises it. Its signatures can be verified."
            );
            return Err(ResponseStatus::PsaErrorNotSupported);
        }
        check_digest(digest)?;
        let reference = key.reference(mapping.stored.id)?;
        let signature = op::sign::sign(&self.token, reference, digest).map_err(status)?;
        Ok(signature.as_bytes().to_vec())
    }

    fn verify(
        &self,
        mapping: &Mapping,
        key: &EccKey,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        check_digest(digest)?;
        let reference = key.reference(mapping.stored.id)?;
        if self.config().software_public_operations {
            op::verify::verify_in_software(&self.token, reference, digest, signature)
        } else {
            op::verify::verify(&self.token, reference, digest, signature)
        }
        .map_err(status)
    }
}

/// `EcdsaAny` takes a digest of any length but none; every other algorithm fixes the length, and
/// Parsec's `validate` has checked it.
fn check_digest(digest: &[u8]) -> Result<()> {
    if digest.is_empty() {
        info!("The digest is empty.");
        return Err(ResponseStatus::PsaErrorInvalidArgument);
    }
    Ok(())
}
