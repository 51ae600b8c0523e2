//! Owns the way back to a token that failed or went away.
//!
//! 1. An error of an operation is *final*, or says that its *session* is spoilt, or that the *epoch* is
//!    over ([`Aftermath`]).
//! 2. At the end of an epoch no session is given out any more. Those in use are waited for, and all
//!    are closed, so that no session of the old epoch can meet one of the new.
//! 3. Then the token is looked for, by its serial number as well, a session opened, and the user logged in. If
//!    that fails, the module is finalised and initialised first, as some modules look for tokens only
//!    then.
//! 4. A new epoch begins, and operations are repeated, unless they have made or removed an object by then:
//!    those return their error.
//!
//! While the token is away each request looks for it, at most every [`LOOK`]; no thread waits for it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use cryptoki::context::Function;
use cryptoki::error::RvError;
use log::{error, info, warn};

use crate::config::Config;
use crate::error::{CkrClass, Error, ErrorKind, Result};

use super::epoch::Epoch;
use super::{PooledSession, Token, choice, login};

/// How often an operation is tried on a new session or in a new epoch.
const TRIES: usize = 3;

/// How often a token that is away is looked for.
const LOOK: Duration = Duration::from_millis(250);

/// How long sessions in use are waited for at the end of an epoch.
pub(super) const END: Duration = Duration::from_secs(5);

/// How long the module is initialised again at each look, if it does not show the token: SoftHSM2 hides one for the
/// moments in which another process logs in to it.
const SOON: Duration = Duration::from_secs(2);

/// How often the module is initialised again in the first [`EARLY`], and how often after it.
const INITIALIZE_EARLY: Duration = Duration::from_secs(2);
const INITIALIZE_LATE: Duration = Duration::from_secs(30);
const EARLY: Duration = Duration::from_secs(60);

/// What was done since the last epoch ended.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    since: Option<Instant>,
    looked: Option<Instant>,
    initialized: Option<Instant>,
    /// A PIN that was refused, or not tried, is not tried again before a reload or a new start.
    refused: bool,
    logged: String,
}

/// What an error means for the session and for the epoch.
enum Aftermath {
    /// The error is the answer.
    Final,
    /// Another session may do better.
    Session,
    /// All sessions and handles are void.
    Epoch,
}

impl Token {
    /// Runs an operation that does the same when it is run again, on a borrowed session.
    ///
    /// # Errors
    ///
    /// Those of `operation`; [`ErrorKind::TokenAway`] while the token is away;
    /// [`ErrorKind::SessionsExhausted`] if no session became free in time.
    pub(crate) fn repeat<T>(&self, operation: impl Fn(&PooledSession) -> Result<T>) -> Result<T> {
        self.run(operation, |_| true)
    }

    /// Makes sure that private keys can be seen, by a new login if somebody ended ours.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotLoggedIn`] if no PIN is configured and the token wants one;
    /// [`ErrorKind::TokenAway`] while the token is away.
    pub fn require_login(&self) -> Result<()> {
        self.repeat(PooledSession::require_login)
    }

    /// Runs an operation that must not be run again once it has made or removed an object.
    ///
    /// # Errors
    ///
    /// As those of [`Token::repeat`].
    pub(crate) fn once<T>(&self, operation: impl Fn(&PooledSession) -> Result<T>) -> Result<T> {
        self.run(operation, |session| !session.has_changed())
    }

    fn run<T>(
        &self,
        operation: impl Fn(&PooledSession) -> Result<T>,
        may_repeat: impl Fn(&PooledSession) -> bool,
    ) -> Result<T> {
        let deadline = Instant::now() + self.config.session_timeout;
        let mut left = TRIES;
        loop {
            left -= 1;
            let mut repeatable = left > 0;
            let epoch = self.epoch();
            let outcome = epoch.sessions.take().and_then(|session| {
                let outcome = operation(&session);
                repeatable &= may_repeat(&session);
                outcome
            });
            let error = match outcome {
                Err(error) => error,
                done => return done,
            };
            if error.kind() == ErrorKind::HandleClash {
                self.after_handle_clash(&epoch);
                return Err(error);
            }
            if error.kind() == ErrorKind::TokenAway && self.is_renewed_until(deadline) {
                left += 1;
            }
            repeatable &= match self.aftermath(&epoch, &error) {
                Aftermath::Final => false,
                Aftermath::Session => true,
                // Also for the next operation, where this one cannot be repeated.
                Aftermath::Epoch => match self.recover(&epoch, &error)? {
                    // That nobody is logged in is not the client's or the configuration's fault.
                    false if error.kind() == ErrorKind::NotLoggedIn => {
                        return Err(error.with_kind(ErrorKind::TokenAway));
                    }
                    begun => begun,
                },
            };
            if !repeatable {
                return Err(error);
            }
        }
    }

    fn aftermath(&self, epoch: &Epoch, error: &Error) -> Aftermath {
        match error.kind() {
            ErrorKind::TokenAway => return Aftermath::Epoch,
            ErrorKind::NotLoggedIn if self.config.pin.is_some() => return Aftermath::Epoch,
            _ => {}
        }
        match (error.ckr_class(), error.ckr()) {
            (
                _,
                Some(
                    RvError::CryptokiNotInitialized
                    | RvError::DeviceRemoved
                    | RvError::SessionClosed
                    | RvError::SessionHandleInvalid
                    | RvError::SlotIdInvalid
                    | RvError::TokenNotPresent
                    | RvError::TokenNotRecognized,
                ),
            ) => Aftermath::Epoch,
            (Some(CkrClass::Session | CkrClass::Device), _) => match epoch.is_healthy() {
                true => Aftermath::Session,
                false => Aftermath::Epoch,
            },
            _ => Aftermath::Final,
        }
    }

    /// Begins a new epoch after `ended`, which `error` ended, unless another thread has done so.
    ///
    /// Gives whether there is a new epoch; if not, the token cannot be reached now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PinRefused`] if the token is there and the login failed for good.
    fn recover(&self, ended: &Arc<Epoch>, error: &Error) -> Result<bool> {
        // Who has the turn may be in a call that does not return.
        let Some(mut turn) = self.recovery.take(self.config.session_timeout) else {
            return Ok(false);
        };
        let recovery = &mut turn.recovery;
        if !Arc::ptr_eq(&self.epoch(), ended) {
            return Ok(true);
        }
        if recovery.refused {
            return Err(pin_refused());
        }
        if !is_due(recovery.looked, LOOK) {
            return Ok(false);
        }
        // Sessions in use are waited for once; who finds them in use later is not held up.
        let wait = match recovery.since {
            Some(_) => Duration::ZERO,
            None => END,
        };
        if recovery.since.is_none() {
            warn!("The token failed and is looked for: {error}");
            recovery.begin_to_look();
        }
        if !ended.sessions.end(wait) {
            if wait == END {
                error!("A call to the token does not return, so nothing can be done yet.");
            }
            return Ok(false);
        }
        let begun = self.begin(recovery, ended);
        recovery.looked = Some(Instant::now());
        match begun {
            Ok(epoch) => {
                info!(
                    "The token with serial number {} is there again, in slot {}.",
                    epoch.serial, epoch.slot
                );
                self.enter(epoch);
                *recovery = Recovery::default();
                Ok(true)
            }
            Err(reason) => {
                self.note_refusal(recovery, &reason);
                let reason = reason.to_string();
                if recovery.logged != reason {
                    error!("The token is not back yet: {reason}");
                    recovery.logged = reason;
                }
                match recovery.refused {
                    true => Err(pin_refused()),
                    false => Ok(false),
                }
            }
        }
    }

    fn begin(&self, recovery: &mut Recovery, ended: &Epoch) -> Result<Epoch> {
        let module = &ended.module;
        let reason = match self.begin_again(ended) {
            Ok(epoch) => return Ok(epoch),
            Err(reason) => reason,
        };
        // A token that was replugged may call a right PIN wrong until the module is initialised again;
        // that is found out only while there are tries to spare.
        if reason.kind() == ErrorKind::PinRefused && !self.has_tries_to_spare(ended) {
            return Err(reason);
        }
        let away = recovery
            .since
            .map_or(Duration::ZERO, |since| since.elapsed());
        let is_hidden = reason.kind() == ErrorKind::Configuration;
        let every = if is_hidden && away < SOON {
            LOOK
        } else if away < EARLY {
            INITIALIZE_EARLY
        } else {
            INITIALIZE_LATE
        };
        if !is_due(recovery.initialized, every) {
            return Err(reason);
        }
        recovery.initialized = Some(Instant::now());
        let caller = self.watch.caller();
        let again = caller.make(Function::Initialize, || module.reinitialize());
        match again.and_then(|()| self.begin_again(ended)) {
            // Forgotten, the refusal would be followed by another try of the PIN.
            Err(other)
                if other.kind() != reason.kind() && reason.kind() == ErrorKind::PinRefused =>
            {
                Err(reason)
            }
            outcome => outcome,
        }
    }

    /// Finds the token of an epoch that ended, and logs in to it.
    pub(super) fn begin_again(&self, ended: &Epoch) -> Result<Epoch> {
        Epoch::begin(
            Arc::clone(&ended.module),
            &self.config,
            &self.config.token.again(&ended.serial),
            false,
            &self.watch,
            &self.quirks,
        )
    }

    /// Remembers that the PIN was refused, or not tried, so that it is not tried again.
    pub(super) fn note_refusal(&self, recovery: &mut Recovery, reason: &Error) {
        recovery.refused = reason.kind() == ErrorKind::PinRefused;
        if recovery.refused && reason.ckr().is_some() {
            self.recovery.burnt.store(true, Ordering::SeqCst);
        }
    }

    /// Makes an epoch that has begun the one of all operations.
    pub(super) fn enter(&self, epoch: Epoch) {
        *self.epoch.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(epoch);
    }

    /// Refuses a configuration whose PIN this token has refused: another try may lock it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PinRefused`] then.
    pub fn check_pin(&self, config: &Config) -> Result<()> {
        let is_same = config.pin == self.config.pin
            && config.library_path == self.config.library_path
            && config.token == self.config.token;
        if is_same && self.recovery.burnt.load(Ordering::SeqCst) {
            return Err(Error::new(
                ErrorKind::PinRefused,
                "the token refused this PIN and it is not tried again: correct the PIN, or look at the \
                 token and start the service anew",
            ));
        }
        Ok(())
    }

    /// Whether the flags of the token are known, and none says that few tries are left.
    fn has_tries_to_spare(&self, ended: &Epoch) -> bool {
        let choice = self.config.token.again(&ended.serial);
        let chosen = self.watch.caller().make(Function::GetTokenInfo, || {
            choice::choose(ended.module.pkcs11(), &choice)
        });
        chosen
            .ok()
            .and_then(|candidate| candidate.info)
            .is_some_and(|info| !login::has_few_tries(&info))
    }
}

impl Recovery {
    /// An epoch ended, and its sessions were waited for.
    pub(super) fn begin_to_look(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }

    /// Whether the token is being looked for.
    pub(super) fn has_begun(&self) -> bool {
        self.since.is_some()
    }
}

fn is_due(last: Option<Instant>, every: Duration) -> bool {
    last.is_none_or(|last| last.elapsed() >= every)
}

fn pin_refused() -> Error {
    Error::new(
        ErrorKind::PinRefused,
        "the user PIN was refused, or not tried, at the last login; nothing is tried any more \
         before the service is reloaded or started again with the right PIN",
    )
}
