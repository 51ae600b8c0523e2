//! Owns one PKCS#11 token: its module, its login, its sessions and the objects on it.

mod attribute;
mod choice;
mod epoch;
mod fact;
mod handles;
mod label;
mod login;
mod module;
mod object;
mod pool;
mod quirks;
mod recovery;
mod renewal;
mod session;
mod survey;
mod turn;
mod usage;
mod watch;

use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use log::{info, warn};

use crate::config::{Ability, Config, tells_tokens_apart};
use crate::ec::{self, Curve};
use crate::error::{Error, ErrorKind, Result};

pub use label::Label;
pub use object::{KeyClass, KeyId, KeyRef};
pub use session::PooledSession;
pub use survey::SurveyedKey;
pub use usage::KeyUsage;
pub use watch::OverdueCalls;

pub(crate) use attribute::{read, shown_length};
#[cfg(feature = "check")]
pub(crate) use choice::choose;
#[cfg(feature = "check")]
pub(crate) use login::login;
#[cfg(feature = "check")]
pub(crate) use module::Module;
#[cfg(feature = "check")]
pub(crate) use object::no_identifier;
pub(crate) use object::{
    Object, destroy_key, destroy_unfinished, find_with_id, key_type, require_own,
};
pub(crate) use quirks::{Form, TemplateKind, Wanted};
pub(crate) use survey::{holds, survey};
#[cfg(feature = "check")]
pub(crate) use watch::observe_calls;

use epoch::Epoch;
use quirks::Quirks;
use renewal::Renewal;
use turn::RecoveryTurn;
use watch::Watch;

/// When a token that was not found is looked for again, with the module initialised anew: SoftHSM2 shows
/// no token whose file another process is writing, as each login does.
const SECOND_LOOK: Duration = Duration::from_millis(200);

/// A token in use: logged in once, with a pool of sessions.
///
/// 1. PKCS#11's login state belongs to the application, not to a session, and closing the last
///    session logs out (PKCS#11 3.0, section 5.6). So one *login session* is opened and logged in
///    at the start and kept.
/// 2. Operations borrow sessions from a bounded pool.
/// 3. On a token with a single session the login session is that pool.
/// 4. A login begins an *epoch*. Once its sessions fail, all of them are closed, the token is found
///    again by its serial number, and a new epoch begins.
///
/// Dropping it closes all sessions, which logs out, and finalises the module, unless another part of the
/// process initialised that.
#[derive(Debug)]
pub struct Token {
    epoch: RwLock<Arc<Epoch>>,
    recovery: RecoveryTurn,
    watch: Arc<Watch>,
    quirks: Arc<Quirks>,
    renewal: Renewal,
    facts: fact::Facts,
    config: Config,
}

impl Token {
    /// Loads the module, chooses the token and logs in.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if the module cannot be used or not exactly one token matches;
    /// [`ErrorKind::PinRefused`] if the PIN was refused or must not be tried; what the token returned
    /// otherwise.
    pub fn open(config: Config) -> Result<Self> {
        let module = Arc::new(module::Module::load(
            &config.library_path,
            config.initialization_string.clone(),
        )?);
        let watch = Arc::default();
        let quirks = Arc::new(Quirks::new(config.profile.template.clone()));
        let begin = |to_be_described| {
            let module = Arc::clone(&module);
            let choice = &config.token;
            Epoch::begin(module, &config, choice, to_be_described, &watch, &quirks)
        };
        let epoch = match begin(true) {
            Err(error) if error.kind() == ErrorKind::Configuration => {
                info!("The token is looked for once more: {error}");
                thread::sleep(SECOND_LOOK);
                match module.reinitialize() {
                    Ok(()) => begin(false)?,
                    // In a module that others initialised there may be nothing else to see.
                    Err(_) => begin(false).map_err(|_| error)?,
                }
            }
            begun => begun?,
        };
        Ok(Self {
            epoch: RwLock::new(Arc::new(epoch)),
            recovery: RecoveryTurn::default(),
            watch,
            quirks,
            renewal: Renewal::new(config.profile.renew_after_destroy),
            facts: fact::Facts::new(&config.profile.claims),
            config,
        })
    }

    /// The configuration that the token was opened with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The serial number of the token, without padding; empty where the token does not say.
    pub fn serial(&self) -> String {
        self.epoch().serial.clone()
    }

    /// Whether the serial number tells this token from others.
    pub fn is_known_by_serial(&self) -> bool {
        tells_tokens_apart(&self.serial())
    }

    /// Whether a user is logged in; without, private objects are out of reach.
    pub fn is_logged_in(&self) -> bool {
        self.epoch().sessions.logged_in
    }

    /// The number of operations that can run on the token at once.
    pub fn session_limit(&self) -> usize {
        self.epoch().sessions.limit()
    }

    /// A session for a caller who makes its calls itself, and with it an end to repetitions.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::SessionsExhausted`](crate::ErrorKind::SessionsExhausted) if none became free in time; what
    /// opening one returned.
    #[cfg(feature = "check")]
    pub(crate) fn borrow_session(&self) -> Result<PooledSession> {
        self.epoch().sessions.take()
    }

    /// The forms that the token takes, as far as they were found out.
    #[cfg(feature = "check")]
    pub(crate) fn quirks(&self) -> &Quirks {
        &self.quirks
    }

    /// What trying told about the token, remembered until it is opened again: [`fact`].
    pub(crate) fn learn(
        &self,
        ability: Ability,
        curve: Curve,
        try_it: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        self.facts.learn(ability, curve, try_it)
    }

    /// What trying told before, if it was tried.
    pub(crate) fn known(&self, ability: Ability, curve: Curve) -> Option<Result<()>> {
        self.facts.known(ability, curve)
    }

    /// Remembers that the token signed on `curve`, rightly or not.
    pub(crate) fn note_signed(&self, curve: Curve) {
        self.facts.note_signed(curve);
    }

    /// Whether the token signed on `curve` since it was opened.
    pub(crate) fn has_signed(&self, curve: Curve) -> bool {
        self.facts.has_signed(curve)
    }

    /// Refuses what the quirk profile denies.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotSupported`](crate::ErrorKind::NotSupported) then.
    pub(crate) fn permit(&self, ability: Ability, curve: Curve) -> Result<()> {
        self.facts.permit(ability, curve)
    }

    /// Drops what the quirk profile says about an ability, as it turned out to be wrong.
    pub(crate) fn contradict(&self, ability: Ability, curve: Curve, error: &Error) {
        if self.set_claim_aside(ability, curve) {
            self.report_wrong_claim(ability, curve, error);
        }
    }

    /// Drops what the quirk profile says about an ability; gives whether it said anything.
    pub(crate) fn set_claim_aside(&self, ability: Ability, curve: Curve) -> bool {
        self.facts.set_claim_aside(ability, curve)
    }

    /// Says that a claim of the quirk profile, which was dropped, is wrong.
    pub(crate) fn report_wrong_claim(&self, ability: Ability, curve: Curve, error: &Error) {
        warn!(
            "The quirk profile says that {ability:?} works on {curve}, but it does not ({error}): the \
             profile is not believed in this."
        );
    }

    /// The public key of a key that was read since the login; nobody is asked. Another process may have
    /// destroyed the key meanwhile.
    pub(crate) fn known_public_key(&self, key: KeyRef) -> Option<ec::PublicKey> {
        self.epoch().sessions.handles.public_key(key)
    }

    fn epoch(&self) -> Arc<Epoch> {
        let epoch = self.epoch.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&epoch)
    }
}
