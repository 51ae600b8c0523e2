//! Owns the creation of keys: by generation and by import, in an order that a crash cannot break.
//!
//! First the mapping is stored as pending, then the objects are made, then the mapping becomes ready.
//! What stops in between is undone at once if possible, else when the token works again, when the name
//! is next created or destroyed, or at the next start.

use log::{error, info, warn};
use parsec_interface::operations::psa_key_attributes::Attributes;
use parsec_interface::operations::{psa_generate_key, psa_import_key};
use parsec_interface::requests::{ResponseStatus, Result};
use parsec_interface::secrecy::ExposeSecret;

use crate::ec::{Curve, PrivateKey, PublicKey, software};
use crate::error::{self, ErrorKind};
use crate::generation::{self, Application, KeyIdentity, usage};
use crate::op::{self, NewKey};
use crate::token::{KeyId, KeyUsage};

use super::Core;
use super::attributes::{EccKey, KeyKind, check_algorithm, is_deprecated};
use super::mappings::name_for_log;
use super::status::status;
use super::stored_id::{Mapping, State, StoredId};

/// How many identifiers are tried: a clash comes up once in billions unless the token is full of keys.
const ID_TRIES: usize = 8;

impl Core {
    /// PSA Crypto API 1.1, section 9.6.1, `psa_generate_key`.
    pub(crate) fn generate_key(
        &self,
        application: &Application,
        op: psa_generate_key::Operation,
    ) -> Result<psa_generate_key::Result> {
        let key = EccKey::requested(&op.attributes)?;
        if key.kind == KeyKind::PublicKey {
            info!("A public key cannot be generated.");
            return Err(ResponseStatus::PsaErrorInvalidArgument);
        }
        let curve = key.curve()?;
        if is_deprecated(&op.attributes, curve) {
            generation::check_deprecated_allowed().inspect_err(|_| {
                warn!("A deprecated key is not generated; allow_deprecated would permit it.");
            })?;
            warn!("The key that is generated is deprecated.");
        }
        check_algorithm(&op.attributes)?;
        self.check_export(key.kind, &op.attributes)?;
        let identity = self.mappings.identity(application, &op.key_name);
        self.create(&identity, op.attributes, curve, &|key| {
            op::generate::generate(&self.token, key)
        })?;
        Ok(psa_generate_key::Result {})
    }

    /// PSA Crypto API 1.1, section 9.6.1, `psa_import_key`.
    pub(crate) fn import_key(
        &self,
        application: &Application,
        op: psa_import_key::Operation,
    ) -> Result<psa_import_key::Result> {
        let key = EccKey::requested(&op.attributes)?;
        let data = op.data.expose_secret();
        if data.is_empty() {
            info!("The key data is empty.");
            return Err(ResponseStatus::PsaErrorInvalidArgument);
        }
        let curve = key.curve_of_data(data.len())?;
        if is_deprecated(&op.attributes, curve) {
            warn!("The key that is imported is deprecated.");
        }
        check_algorithm(&op.attributes)?;
        self.check_export(key.kind, &op.attributes)?;
        let identity = self.mappings.identity(application, &op.key_name);
        // A size that was left open is stored as what it turned out to be.
        let attributes = Attributes {
            bits: if key.bits == 0 {
                curve.bits()
            } else {
                key.bits
            },
            ..op.attributes
        };
        match key.kind {
            KeyKind::PublicKey => {
                let point = PublicKey::from_bytes(curve, data).map_err(status)?;
                self.create(&identity, attributes, curve, &|key| {
                    op::import::import_public(&self.token, key, &point)
                })?;
            }
            KeyKind::Pair => {
                let scalar = PrivateKey::from_bytes(curve, data).map_err(status)?;
                self.create(&identity, attributes, curve, &|key| {
                    op::import::import_pair(&self.token, key, &scalar)
                })?;
            }
        }
        Ok(psa_import_key::Result {})
    }

    /// The configuration can forbid private keys that may leave the token; a public key is no secret.
    pub(crate) fn check_export(&self, kind: KeyKind, attributes: &Attributes) -> Result<()> {
        let exportable = kind == KeyKind::Pair && usage(attributes.policy.usage_flags).export;
        if exportable && !self.config().allow_export {
            info!("The configuration (allow_export) forbids key pairs that can be exported.");
            return Err(ResponseStatus::PsaErrorNotPermitted);
        }
        Ok(())
    }

    fn create(
        &self,
        identity: &KeyIdentity,
        attributes: Attributes,
        curve: Curve,
        make: &dyn Fn(&NewKey) -> error::Result<()>,
    ) -> Result<()> {
        let _guard = self.names.lock(identity);
        self.token.require_login().map_err(status)?;
        self.finish_leftover(identity)?;
        self.mappings.check_free(identity)?;
        for _ in 0..ID_TRIES {
            let id = KeyId::random().map_err(status)?;
            if self.mappings.has_id(id) {
                continue;
            }
            let key = NewKey {
                id,
                curve,
                usage: self.usage_on_token(&attributes, curve),
                label: self.label(identity, id),
            };
            if self.create_with(identity, attributes, &key, make)? == IdUse::Free {
                return Ok(());
            }
        }
        error!("No free CKA_ID was found on the token in {ID_TRIES} tries.");
        Err(ResponseStatus::PsaErrorGenericError)
    }

    /// What the token is to let the key do: what its policy permits; and to verify its own signatures, if they
    /// are verified and it is the token that has to.
    fn usage_on_token(&self, attributes: &Attributes, curve: Curve) -> KeyUsage {
        let permitted = usage(attributes.policy.usage_flags);
        let verified = self.config().verify_after_sign && software::require(curve).is_err();
        KeyUsage {
            verify: permitted.verify || (permitted.sign && verified),
            ..permitted
        }
    }

    fn create_with(
        &self,
        identity: &KeyIdentity,
        attributes: Attributes,
        key: &NewKey,
        make: &dyn Fn(&NewKey) -> error::Result<()>,
    ) -> Result<IdUse> {
        let mapping = Mapping {
            stored: StoredId {
                id: key.id,
                state: State::Pending,
                serial: Some(self.token.serial()).filter(|serial| !serial.is_empty()),
            },
            attributes,
        };
        self.mappings.insert(identity, mapping.clone())?;
        match make(key) {
            Ok(()) => self
                .mappings
                .set_state(identity, &mapping, State::Ready)
                .inspect_err(|_| {
                    self.undo(identity, key);
                })
                .map(|()| IdUse::Free),
            Err(error) => {
                let is_clash = matches!(error.kind(), ErrorKind::IdClash | ErrorKind::HandleClash);
                // An object of ours may be in its own way: one whose creation was told as failed. One that
                // has the handle of another can be reached once the token was renewed, which it is.
                match self.undo(identity, key) && is_clash {
                    true => Ok(IdUse::Taken),
                    false => Err(status(error)),
                }
            }
        }
    }

    /// Removes the objects of a creation that failed, then its mapping; if the token does not answer,
    /// the mapping stays as pending. Gives whether all is gone.
    fn undo(&self, identity: &KeyIdentity, key: &NewKey) -> bool {
        let undone = op::destroy::unfinished(&self.token, key.id, &key.label)
            .map_err(status)
            .and_then(|_| self.mappings.remove(identity));
        if undone.is_err() {
            warn!(
                "A creation that failed cannot be undone now; it is when the token works again, or \
                 at the next start{}.",
                name_for_log(identity)
            );
            self.leftovers.add(identity);
        }
        undone.is_ok()
    }

    /// A pending key whose name nobody holds is what a failed creation left.
    pub(super) fn finish_leftover(&self, identity: &KeyIdentity) -> Result<()> {
        match self.mappings.find(identity) {
            Some(mapping) if mapping.stored.state == State::Pending => {
                self.finish(identity, &mapping)
            }
            _ => Ok(()),
        }
    }
}

/// Whether an identifier was free on the token.
#[derive(PartialEq, Eq)]
enum IdUse {
    Free,
    Taken,
}
