//! Owns signing and verification of digests: policies, and where a signature is verified.

use log::info;
use parsec_interface::operations::psa_algorithm::AsymmetricSignature;
use parsec_interface::operations::{psa_sign_hash, psa_verify_hash};
use parsec_interface::requests::{ResponseStatus, Result};

use crate::generation::Application;
use crate::op;
use crate::token::KeyRef;

use super::Core;
use super::attributes::{EccKey, KeyKind};
use super::status::status;
use super::stored_id::Mapping;

impl Core {
    /// PSA Crypto API 1.1, section 10.7.2, `psa_sign_hash`.
    pub(crate) fn sign_hash(
        &self,
        application: &Application,
        op: psa_sign_hash::Operation,
    ) -> Result<psa_sign_hash::Result> {
        let (mapping, key) = self.usable(application, &op.key_name)?;
        op.validate(mapping.attributes)?;
        let reference = signing_key(&mapping, &key, op.alg)?;
        check_digest(&op.hash)?;
        let signature = op::sign::sign(&self.token, reference, &op.hash).map_err(status)?;
        Ok(psa_sign_hash::Result {
            signature: signature.as_bytes().to_vec().into(),
        })
    }

    /// PSA Crypto API 1.1, section 10.7.2, `psa_verify_hash`.
    pub(crate) fn verify_hash(
        &self,
        application: &Application,
        op: psa_verify_hash::Operation,
    ) -> Result<psa_verify_hash::Result> {
        let (mapping, key) = self.usable(application, &op.key_name)?;
        op.validate(mapping.attributes)?;
        check_digest(&op.hash)?;
        let reference = key.reference(mapping.stored.id)?;
        let verified = match self.config().software_public_operations {
            true => op::verify::verify_in_software(&self.token, reference, &op.hash, &op.signature),
            false => op::verify::verify(&self.token, reference, &op.hash, &op.signature),
        };
        verified.map_err(status)?;
        Ok(psa_verify_hash::Result {})
    }
}

/// The key to sign with. Parsec's `validate` looks at the policy only; that a public key cannot sign is
/// checked here.
pub(crate) fn signing_key(
    mapping: &Mapping,
    key: &EccKey,
    algorithm: AsymmetricSignature,
) -> Result<KeyRef> {
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
    key.reference(mapping.stored.id)
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
