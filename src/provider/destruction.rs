//! Owns the destruction of keys, in an order that a crash cannot break.
//!
//! First the mapping is marked, then the private object goes, then the public one, then the mapping.

use log::{error, info, warn};
use parsec_interface::operations::psa_destroy_key;
use parsec_interface::requests::{ResponseStatus, Result};

use crate::generation::{Application, KeyIdentity};
use crate::op;

use super::Core;
use super::attributes::{EccKey, KeyKind};
use super::mappings::name_for_log;
use super::status::status;
use super::stored_id::{Mapping, State};

impl Core {
    /// PSA Crypto API 1.1, section 9.6.2, `psa_destroy_key`.
    pub(crate) fn destroy_key(
        &self,
        application: &Application,
        op: psa_destroy_key::Operation,
    ) -> Result<psa_destroy_key::Result> {
        let identity = self.mappings.identity(application, &op.key_name);
        let _guard = self.names.lock(&identity);
        let mapping = self
            .mappings
            .find(&identity)
            .ok_or(ResponseStatus::PsaErrorDoesNotExist)?;
        EccKey::requested(&mapping.attributes)?;
        self.token.require_login().map_err(status)?;
        match mapping.stored.state {
            // No such key for a client; what a creation left of it goes all the same.
            State::Pending => {
                self.finish(&identity, &mapping)?;
                return Err(ResponseStatus::PsaErrorDoesNotExist);
            }
            State::Ready => self
                .mappings
                .set_state(&identity, &mapping, State::Destroying)?,
            State::Destroying => {}
        }
        self.finish(&identity, &mapping)
            .inspect_err(|_| {
                warn!(
                    "A key is not wholly destroyed and cannot be used any more; destroy it again{}.",
                    name_for_log(&identity)
                );
            })
            .map(|()| psa_destroy_key::Result {})
    }

    /// Removes what is on the token of a key that is pending or being destroyed, then its mapping.
    ///
    /// The caller holds the name.
    pub(super) fn finish(&self, identity: &KeyIdentity, mapping: &Mapping) -> Result<()> {
        let id = mapping.stored.id;
        let destroyed = match mapping.stored.state {
            State::Pending => op::destroy::unfinished(&self.token, id, &self.label(identity, id)),
            State::Ready | State::Destroying => {
                let key = EccKey::requested(&mapping.attributes)?;
                let reference = key.reference(id)?;
                match key.kind {
                    KeyKind::Pair => op::destroy::destroy_pair(&self.token, reference),
                    KeyKind::PublicKey => op::destroy::destroy_public(&self.token, reference),
                }
            }
        }
        .map_err(status)?;
        if destroyed == 0 {
            self.check_nothing_to_destroy(identity, mapping)?;
        }
        self.mappings.remove(identity)
    }

    /// A key without objects is destroyed by removing its mapping, but only if this is its token; else
    /// the mapping becomes again what it was.
    fn check_nothing_to_destroy(&self, identity: &KeyIdentity, mapping: &Mapping) -> Result<()> {
        match &mapping.stored.serial {
            Some(serial) if !self.is_on_this_token(mapping) => {
                error!(
                    "The key is on the token with serial number {serial}, this one has {}: nothing \
                     was destroyed. If that token is lost, remove the mapping from the key info \
                     manager{}.",
                    self.token.serial(),
                    name_for_log(identity)
                );
                self.mappings.replace(identity, mapping.clone())?;
                Err(ResponseStatus::PsaErrorHardwareFailure)
            }
            _ => {
                info!(
                    "The token held no object of this key; only its mapping is removed{}.",
                    name_for_log(identity)
                );
                Ok(())
            }
        }
    }
}
