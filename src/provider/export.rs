//! Owns the export of keys, as their policies and the configuration permit.

use log::info;
use parsec_interface::operations::{psa_export_key, psa_export_public_key};
use parsec_interface::requests::{ResponseStatus, Result};
use parsec_interface::secrecy::Secret;

use crate::generation::Application;
use crate::op;

use super::Core;
use super::attributes::{EccKey, KeyKind};
use super::status::status;
use super::stored_id::Mapping;

impl Core {
    /// PSA Crypto API 1.1, section 9.6.3, `psa_export_public_key`: permitted for every key.
    pub(crate) fn export_public_key(
        &self,
        application: &Application,
        op: psa_export_public_key::Operation,
    ) -> Result<psa_export_public_key::Result> {
        let (mapping, key) = self.usable(application, &op.key_name)?;
        let data = self.public_key(&mapping, &key)?;
        Ok(psa_export_public_key::Result { data: data.into() })
    }

    /// PSA Crypto API 1.1, section 9.6.3, `psa_export_key`: a public key always, a key pair if its
    /// policy and the configuration permit it.
    pub(crate) fn export_key(
        &self,
        application: &Application,
        op: psa_export_key::Operation,
    ) -> Result<psa_export_key::Result> {
        let (mapping, key) = self.usable(application, &op.key_name)?;
        let data = match key.kind {
            KeyKind::PublicKey => self.public_key(&mapping, &key)?,
            KeyKind::Pair => {
                mapping.attributes.can_export()?;
                if !self.config().allow_export {
                    info!("The configuration (allow_export) forbids the export of key pairs.");
                    return Err(ResponseStatus::PsaErrorNotPermitted);
                }
                let reference = key.reference(mapping.stored.id)?;
                op::export::export_private(&self.token, reference)
                    .map_err(status)?
                    .as_bytes()
                    .to_vec()
            }
        };
        Ok(psa_export_key::Result {
            data: Secret::new(data),
        })
    }

    fn public_key(&self, mapping: &Mapping, key: &EccKey) -> Result<Vec<u8>> {
        let reference = key.reference(mapping.stored.id)?;
        let public_key = op::export::export_public(&self.token, reference).map_err(status)?;
        Ok(public_key.as_bytes().to_vec())
    }
}
