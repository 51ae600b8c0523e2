//! Owns one epoch of a token: a login, and all that is void once it ends.

use std::sync::{Arc, PoisonError};

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::slot::{Slot, TokenInfo};
use log::{info, warn};

use crate::config::{Config, TokenChoice};
use crate::error::{Error, ErrorKind, Result};

use super::module::Module;
use super::object::no_identifier;
use super::pool::Pool;
use super::quirks::Quirks;
use super::watch::{Watch, WatchedSession};
use super::{choice, login};

/// From one login to the end of it: no session and no handle of an epoch is used after it.
// Sessions are dropped before the module, as a session closes itself through it.
#[derive(Debug)]
pub(super) struct Epoch {
    pub(super) sessions: Arc<Pool>,
    pub(super) serial: String,
    pub(super) slot: Slot,
    pub(super) module: Arc<Module>,
}

impl Epoch {
    /// Finds the token that `choice` names, opens the login session and logs in.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if not exactly one token fits, or the one that does is `to_be_described` and
    /// is not; else those of the login, and what the token returned.
    pub(super) fn begin(
        module: Arc<Module>,
        config: &Config,
        choice: &TokenChoice,
        to_be_described: bool,
        watch: &Arc<Watch>,
        quirks: &Arc<Quirks>,
    ) -> Result<Self> {
        let pkcs11 = module.pkcs11();
        let candidate = watch
            .caller()
            .make(Function::GetSlotList, || choice::choose(pkcs11, choice))?;
        let slot = candidate.slot;
        if to_be_described && candidate.info.is_none() {
            return Err(Error::new(
                ErrorKind::Configuration,
                format!("the token in slot {slot} does not describe itself"),
            ));
        }
        quirks
            .checked
            .call_once(|| check_profile(config, candidate.info.as_ref()));
        let login_session = WatchedSession::open(pkcs11, slot, watch)
            .map_err(|error| error.context("no session can be opened"))?;
        match &config.pin {
            Some(pin) => {
                let info = candidate.info.as_ref();
                let tried = login_session.call(Function::Login, |session| {
                    login::login(session, info, pin, config.allow_final_pin_try)
                });
                tried.map_err(|error| {
                    let after = watch
                        .caller()
                        .make(Function::GetTokenInfo, || pkcs11.get_token_info(slot));
                    login::judged(error, info, after.ok().as_ref())
                })?;
            }
            None => info!("No PIN is configured: the token is used without a login."),
        }
        let sessions = Pool::new(
            pkcs11.clone(),
            slot,
            login_session,
            candidate.info.as_ref(),
            config,
            watch,
            quirks,
        );
        Ok(Self {
            sessions: Arc::new(sessions),
            serial: candidate.serial().to_owned(),
            slot,
            module,
        })
    }
}

impl Epoch {
    /// Whether the token still answers to a new session: a search for an identifier that no key has.
    pub(super) fn is_healthy(&self) -> bool {
        let objects = self.sessions.objects.read();
        let _looking = objects.unwrap_or_else(PoisonError::into_inner);
        let searched = self.sessions.probe(|session| {
            Ok(session.call(Function::FindObjects, |session| {
                session.find_objects(&[no_identifier()])
            })?)
        });
        match searched {
            Ok(_) => true,
            Err(error) => error.ckr() == Some(RvError::SessionCount),
        }
    }
}

/// Warns if the quirk profile was written for another model.
fn check_profile(config: &Config, info: Option<&TokenInfo>) {
    let Some(info) = info else { return };
    let profile = &config.profile;
    for (meant, found) in [
        (&profile.manufacturer, info.manufacturer_id()),
        (&profile.model, info.model()),
    ] {
        if let Some(meant) = meant.as_deref().filter(|meant| *meant != found) {
            warn!(
                "The quirk profile is for tokens of \"{}\", and this one is of \"{}\".",
                meant.escape_debug(),
                found.escape_debug()
            );
        }
    }
}
