//! Owns the answer to CanDoCrypto: the attributes of a key against what the token can do.

use log::info;
use parsec_interface::operations::can_do_crypto::{self, CheckType};
use parsec_interface::operations::psa_algorithm::{Algorithm, AsymmetricSignature};
use parsec_interface::operations::psa_key_attributes::Attributes;
use parsec_interface::requests::{ResponseStatus, Result};
use parsec_service::utils::GlobalConfig;

use crate::ec::{Curve, software};
use crate::error::{self, Error, ErrorKind};
use crate::generation::usage;
use crate::op::capability::{self, Signable};
use crate::provider::Core;
use crate::provider::attributes::{EccKey, KeyKind, check_algorithm, is_deprecated};
use crate::provider::status::status;

use super::message::message_hash;

impl Core {
    /// Parsec book, operation CanDoCrypto: success, or `PsaErrorNotSupported`.
    pub(super) fn can_do_crypto(
        &self,
        op: can_do_crypto::Operation,
    ) -> Result<can_do_crypto::Result> {
        let key = EccKey::requested(&op.attributes)?;
        let curve = Curve::from_family_bits(key.family, key.bits)
            .ok_or(ResponseStatus::PsaErrorNotSupported)?;
        match op.check_type {
            CheckType::Generate => {
                if is_deprecated(&op.attributes, curve) && !GlobalConfig::allow_deprecated() {
                    info!("Deprecated keys are not generated unless allow_deprecated says so.");
                    return Err(ResponseStatus::PsaErrorNotSupported);
                }
                self.can_hold(&op.attributes, key.kind)?;
                match key.kind {
                    KeyKind::PublicKey => return Err(ResponseStatus::PsaErrorNotSupported),
                    KeyKind::Pair => capability::can_generate(&self.token, curve),
                }
                .map_err(verdict)?;
            }
            CheckType::Import => {
                self.can_hold(&op.attributes, key.kind)?;
                match key.kind {
                    KeyKind::PublicKey => capability::can_import_public(&self.token, curve),
                    KeyKind::Pair => capability::can_import_pair(&self.token, curve),
                }
                .map_err(verdict)?;
            }
            CheckType::Use if op.attributes.policy.permitted_algorithms == Algorithm::None => {
                info!("Without an algorithm a key cannot be used.");
                return Err(ResponseStatus::PsaErrorNotSupported);
            }
            CheckType::Use => self.can_exist(key.kind, curve).map_err(verdict)?,
            CheckType::Derive => {
                info!("Keys cannot be derived.");
                return Err(ResponseStatus::PsaErrorNotSupported);
            }
        }
        self.can_use(&op.attributes, key, curve)?;
        if key.kind == KeyKind::Pair && op.attributes.policy.usage_flags.export() {
            capability::can_export(&self.token, curve).map_err(verdict)?;
        }
        Ok(can_do_crypto::Result)
    }

    fn can_hold(&self, attributes: &Attributes, kind: KeyKind) -> Result<()> {
        self.check_export(kind, attributes)
            .map_err(|_| ResponseStatus::PsaErrorNotSupported)
    }

    /// Whether a key that would be used can have come to the token, in one way or the other.
    fn can_exist(&self, kind: KeyKind, curve: Curve) -> error::Result<()> {
        match kind {
            KeyKind::PublicKey => capability::can_import_public(&self.token, curve),
            KeyKind::Pair => capability::can_generate(&self.token, curve)
                .or_else(|_| capability::can_import_pair(&self.token, curve)),
        }
    }

    fn can_verify(&self, curve: Curve) -> error::Result<()> {
        match self.config().software_public_operations {
            true => software::require(curve),
            false => capability::can_verify(&self.token, curve),
        }
    }

    fn can_use(&self, attributes: &Attributes, key: EccKey, curve: Curve) -> Result<()> {
        check_algorithm(attributes).map_err(|_| ResponseStatus::PsaErrorNotSupported)?;
        let usage = usage(attributes.policy.usage_flags);
        let signs = usage.sign && key.kind == KeyKind::Pair;
        match attributes.policy.permitted_algorithms {
            Algorithm::AsymmetricSignature(algorithm) => {
                let deterministic =
                    matches!(algorithm, AsymmetricSignature::DeterministicEcdsa { .. });
                if signs && deterministic {
                    info!("Deterministic ECDSA can be verified, not signed.");
                    return Err(ResponseStatus::PsaErrorNotSupported);
                }
                if !signs && !usage.verify {
                    return refuse_useless();
                }
                if signs {
                    let signable = signable(attributes, algorithm)?;
                    capability::can_sign(&self.token, curve, signable).map_err(verdict)?;
                }
                if usage.verify {
                    self.can_verify(curve).map_err(verdict)?;
                }
                Ok(())
            }
            Algorithm::KeyAgreement(_) => {
                if !usage.derive || key.kind == KeyKind::PublicKey {
                    return refuse_useless();
                }
                capability::can_agree(&self.token, curve).map_err(verdict)
            }
            _ => Ok(()),
        }
    }
}

/// What a key of this policy is asked to sign, at least.
fn signable(attributes: &Attributes, algorithm: AsymmetricSignature) -> Result<Signable> {
    match attributes.policy.usage_flags.sign_hash() {
        true => Ok(Signable::Digest),
        false => message_hash(algorithm)
            .map(Signable::Message)
            .map_err(|_| ResponseStatus::PsaErrorNotSupported),
    }
}

fn refuse_useless() -> Result<()> {
    info!("The usage flags permit nothing that the algorithm of the policy could do.");
    Err(ResponseStatus::PsaErrorNotSupported)
}

/// The status of an answer to what the token can do: that it cannot is no error.
fn verdict(error: Error) -> ResponseStatus {
    match error.kind() {
        ErrorKind::NotSupported => {
            info!("{error}");
            ResponseStatus::PsaErrorNotSupported
        }
        _ => status(error),
    }
}
