//! Owns raw key agreement: policy, kinds of keys, and the secret that goes to the client.

use log::info;
use parsec_interface::operations::psa_algorithm::RawKeyAgreement;
use parsec_interface::operations::psa_raw_key_agreement;
use parsec_interface::requests::{ResponseStatus, Result};
use parsec_interface::secrecy::Secret;

use crate::generation::Application;
use crate::op;

use super::Core;
use super::attributes::KeyKind;
use super::status::status;

impl Core {
    /// PSA Crypto API 1.1, section 10.9.2, `psa_raw_key_agreement`.
    pub(crate) fn raw_key_agreement(
        &self,
        application: &Application,
        op: psa_raw_key_agreement::Operation,
    ) -> Result<psa_raw_key_agreement::Result> {
        let (mapping, key) = self.usable(application, &op.private_key_name)?;
        op.validate(mapping.attributes)?;
        if op.alg != RawKeyAgreement::Ecdh {
            info!(
                "{:?} is not supported: elliptic-curve keys agree by ECDH.",
                op.alg
            );
            return Err(ResponseStatus::PsaErrorNotSupported);
        }
        if key.kind == KeyKind::PublicKey {
            info!("A public key alone cannot agree a secret.");
            return Err(ResponseStatus::PsaErrorInvalidArgument);
        }
        let reference = key.reference(mapping.stored.id)?;
        let secret = op::agree::agree(&self.token, reference, &op.peer_key).map_err(status)?;
        Ok(psa_raw_key_agreement::Result {
            shared_secret: Secret::new(secret.as_bytes().to_vec()),
        })
    }
}
