//! Owns the Parsec provider: names, policies and mappings on top of the operations.
//!
//! It is the same source for each generation of Parsec that is served: what differs in their interfaces
//! is in the layer `generation`, below, and in the layer `provide`, above.

mod agreement;
pub(crate) mod attributes;
mod builder;
mod creation;
mod database_file;
mod destruction;
mod export;
#[cfg(feature = "_fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod information;
mod leftovers;
pub(crate) mod mapping_store;
mod mappings;
mod name_lock;
mod random;
pub(crate) mod signature;
pub(crate) mod status;
pub(crate) mod stored_id;
mod survey;

use std::sync::Arc;

use log::{error, info, warn};
use parsec_interface::requests::{ResponseStatus, Result as PsaResult};
use parsec_service::key_info_managers::KeyInfoManagerClient;

use crate::config::{Config, LabelStyle};
use crate::error::{Error, ErrorKind, Result};
use crate::generation::{self, Application, KeyIdentity};
use crate::op;
use crate::token::{KeyClass, KeyId, Label, OverdueCalls, Token};

use attributes::EccKey;
use leftovers::Leftovers;
use mappings::{Mappings, Storage, name_for_log};
use name_lock::NameLocks;
use stored_id::{Mapping, State};

pub use builder::ProviderBuilder;

/// Parsec's PKCS#11 provider for elliptic-curve keys.
///
/// It answers under the identity of Parsec's own PKCS#11 provider, so that a configuration, the key
/// mappings and the clients stay as they are. Built with a [`ProviderBuilder`]; dropping it logs out
/// and finalises the PKCS#11 module.
#[derive(Debug)]
pub struct Provider {
    /// Never read: its drop waits for the thread that uses the token, so it stands first.
    _survey: Option<survey::Survey>,
    pub(crate) core: Arc<Core>,
}

/// What requests and the survey share.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) token: Token,
    mappings: Mappings,
    names: NameLocks,
    leftovers: Leftovers,
}

impl Provider {
    /// The name that the provider has unless the configuration gives another.
    pub const DEFAULT_PROVIDER_NAME: &'static str = "pkcs11-provider";

    /// The UUID of Parsec's PKCS#11 provider.
    pub const PROVIDER_UUID: &'static str = "30e39502-eba6-4d60-a4af-c518b7f5e38f";

    /// The number of operations that can run on the token at once.
    pub fn session_limit(&self) -> usize {
        self.core.token.session_limit()
    }

    /// Looks for calls to the token that take longer than `call_timeout`, and logs each once. To be
    /// called now and then; if they block everything, only an end of the process helps.
    pub fn overdue_calls(&self) -> OverdueCalls {
        self.core.token.overdue_calls()
    }

    /// Refuses a configuration with the PIN that the token has refused since the start.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PinRefused`] then: another try may lock the token.
    pub fn check_pin(&self, config: &Config) -> Result<()> {
        self.core.token.check_pin(config)
    }

    /// Opens the token, reads the mappings and finishes what an interrupted run left unfinished.
    fn new(client: KeyInfoManagerClient, storage: Storage, config: Config) -> Result<Self> {
        let mappings = Mappings::load(client, storage).map_err(|status| {
            Error::new(
                ErrorKind::Configuration,
                format!("the key info manager cannot list the keys of this provider: {status}"),
            )
        })?;
        let core = Arc::new(Core {
            token: Token::open(config)?,
            mappings,
            names: NameLocks::default(),
            leftovers: Leftovers::default(),
        });
        core.report_mappings();
        core.finish_interrupted();
        Ok(Self {
            _survey: survey::Survey::start(&core),
            core,
        })
    }
}

impl Core {
    pub(crate) fn config(&self) -> &Config {
        self.token.config()
    }

    fn label(&self, identity: &KeyIdentity, id: KeyId) -> Label {
        let name = match self.config().label {
            LabelStyle::Id => None,
            LabelStyle::Name => Some(format!(
                "{}/{}",
                generation::application_name(generation::application(identity)),
                identity.key_name()
            )),
        };
        Label::new(&self.config().instance, id, name)
    }

    /// The mapping of a key that can be used.
    pub(crate) fn usable(
        &self,
        application: &Application,
        name: &str,
    ) -> PsaResult<(Mapping, EccKey)> {
        let identity = self.mappings.identity(application, name);
        match self.mappings.find(&identity) {
            Some(mapping) if mapping.stored.state == State::Ready => {
                let key = EccKey::requested(&mapping.attributes)?;
                Ok((mapping, key))
            }
            _ => Err(ResponseStatus::PsaErrorDoesNotExist),
        }
    }

    fn report_mappings(&self) {
        let mappings = self.mappings.all();
        let foreign = mappings
            .iter()
            .filter(|(_, mapping)| EccKey::new(&mapping.attributes).is_none())
            .count();
        info!(
            "{} elliptic-curve key mappings were found.",
            mappings.len() - foreign
        );
        if foreign > 0 {
            warn!(
                "{foreign} mappings are of keys that are not elliptic-curve keys (RSA, for example). \
                 They are listed and left as they are, and cannot be used with this provider."
            );
        }
    }

    /// Brings creations and destructions to their end that an earlier run did not.
    ///
    /// Only on the token that they were begun on, and only when logged in: private objects cannot be
    /// seen otherwise. Ready keys are never touched.
    fn finish_interrupted(&self) {
        for (identity, mapping) in self.mappings.all() {
            if mapping.stored.state == State::Ready {
                continue;
            }
            let what = match mapping.stored.state {
                State::Destroying => "destruction",
                _ => "creation",
            };
            if !self.token.is_logged_in() || !self.was_begun_here(&mapping) {
                warn!(
                    "The interrupted {what} of a key is not finished: it was begun on the token \
                     with serial number {}, and that token must be here and logged in{}.",
                    mapping.stored.serial.as_deref().unwrap_or("unknown"),
                    name_for_log(&identity)
                );
                continue;
            }
            let guard = self.names.lock(&identity);
            match self.finish(&identity, &mapping) {
                Ok(()) => info!(
                    "The interrupted {what} of a key was undone or finished{}.",
                    name_for_log(&identity)
                ),
                Err(status) => error!(
                    "The interrupted {what} of a key cannot be finished ({status}){}.",
                    name_for_log(&identity)
                ),
            }
            drop(guard);
        }
    }

    /// Whether a creation or destruction was begun on this token. Where serial numbers do not tell, what is there
    /// of the key does: the whole key may be on another token.
    fn was_begun_here(&self, mapping: &Mapping) -> bool {
        let holds =
            |class| op::survey::holds(&self.token, class, mapping.stored.id).unwrap_or(false);
        self.is_on_this_token(mapping)
            && (self.token.is_known_by_serial()
                || holds(KeyClass::Private)
                || holds(KeyClass::Public))
    }

    /// Whether a key's mapping was made on this token; an unknown serial number is no proof.
    fn is_on_this_token(&self, mapping: &Mapping) -> bool {
        mapping.stored.serial.as_deref() == Some(self.token.serial().as_str())
    }
}
