//! Owns one PKCS#11 token: its module, its login, its sessions and the objects on it.

mod choice;
mod fact;
mod handles;
mod label;
mod login;
mod module;
mod object;
mod pool;

use std::num::NonZeroU32;

use cryptoki::mechanism::MechanismType;
use cryptoki::slot::{Limit, Slot, TokenInfo};
use log::info;

use crate::config::Config;
use crate::ec::Curve;
use crate::error::{Error, Result};

pub use label::Label;
pub use object::{KeyClass, KeyId, KeyRef, SurveyedKey};
pub use pool::PooledSession;

pub(crate) use fact::Fact;
pub(crate) use object::{Object, destroy_key, destroy_unfinished, find_with_id, read, survey};

/// The sessions that are used where neither the configuration nor the token sets a limit.
const DEFAULT_MAX_SESSIONS: usize = 32;

/// A token in use: logged in once, with a pool of sessions.
///
/// 1. PKCS#11's login state belongs to the application, not to a session, and closing the last
///    session logs out (PKCS#11 3.0, section 5.6). So one *login session* is opened and logged in
///    at the start and kept.
/// 2. Operations borrow sessions from a bounded pool ([`Token::session`]).
/// 3. On a token with a single session the login session is that pool.
///
/// Dropping it closes all sessions, which logs out, and finalises the module.
// The fields are dropped in this order: sessions before the module.
#[derive(Debug)]
pub struct Token {
    sessions: pool::Pool,
    facts: fact::Facts,
    logged_in: bool,
    serial: String,
    slot: Slot,
    module: module::Module,
}

impl Token {
    /// Loads the module, chooses the token and logs in.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if the module cannot be used or not exactly one token matches;
    /// [`ErrorKind::PinRefused`](crate::ErrorKind::PinRefused) if the PIN was refused or must not be tried; what the token
    /// returned otherwise.
    pub fn open(config: &Config) -> Result<Self> {
        let module =
            module::Module::load(&config.library_path, config.initialization_string.clone())?;
        let candidate = choice::choose(module.pkcs11(), &config.token)?;
        let slot = candidate.slot;

        let login_session = module
            .pkcs11()
            .open_rw_session(slot)
            .map_err(|source| Error::from(source).context("no session can be opened"))?;
        let logged_in = match &config.pin {
            Some(pin) => {
                login::login(
                    &login_session,
                    candidate.info.as_ref(),
                    pin,
                    config.allow_final_pin_try,
                )?;
                true
            }
            None => {
                info!("No PIN is configured: the token is used without a login.");
                false
            }
        };

        let sessions = pool::Pool::new(
            module.pkcs11().clone(),
            slot,
            login_session,
            session_limit(config.max_sessions, candidate.info.as_ref()),
            config.session_timeout,
        );
        Ok(Self {
            sessions,
            facts: fact::Facts::default(),
            logged_in,
            serial: candidate.serial().to_owned(),
            slot,
            module,
        })
    }

    /// The serial number of the token, without padding; empty where the token does not say.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// Whether a user is logged in; without, private objects are out of reach.
    pub fn is_logged_in(&self) -> bool {
        self.logged_in
    }

    /// The number of operations that can run on the token at once.
    pub fn session_limit(&self) -> usize {
        self.sessions.limit()
    }

    /// Borrows a session for one operation.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::SessionsExhausted`](crate::ErrorKind::SessionsExhausted) if none became free in time, else what `C_OpenSession`
    /// returned.
    pub fn session(&self) -> Result<PooledSession<'_>> {
        self.sessions.take()
    }

    /// Refuses what needs `mechanism` if the token lacks it.
    ///
    /// Asked by `C_GetMechanismInfo`, as cryptoki leaves mechanisms that it does not know out of
    /// `C_GetMechanismList`.
    pub(crate) fn require_mechanism(&self, mechanism: MechanismType) -> Result<()> {
        match self
            .module
            .pkcs11()
            .get_mechanism_info(self.slot, mechanism)
        {
            Ok(_) => Ok(()),
            Err(source) => {
                Err(Error::from(source).context(format_args!("the token lacks {mechanism}")))
            }
        }
    }

    /// What trying told about the token, remembered until it is opened again: [`fact`].
    pub(crate) fn learn(
        &self,
        fact: Fact,
        curve: Curve,
        try_it: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        self.facts.learn(fact, curve, try_it)
    }
}

/// The smaller of what is configured and what the token reports, less the login session.
fn session_limit(configured: Option<NonZeroU32>, info: Option<&TokenInfo>) -> usize {
    let configured = configured
        .and_then(|limit| usize::try_from(limit.get()).ok())
        .unwrap_or(DEFAULT_MAX_SESSIONS);
    let limits = info.map(|info| [info.max_session_count(), info.max_rw_session_count()]);
    let reported = limits
        .into_iter()
        .flatten()
        .filter_map(|limit| match limit {
            Limit::Max(limit) => usize::try_from(limit).ok(),
            Limit::Unavailable | Limit::Infinite => None,
        })
        .min();
    match reported {
        Some(reported) => configured.min(reported.saturating_sub(1)).max(1),
        None => configured,
    }
}
