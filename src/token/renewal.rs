//! Owns the renewal of an epoch for a token that mixes up its handles.
//!
//! tpm2-pkcs11 1.9 gives a new object the handle of one that is there, once another was destroyed. After
//! `C_Finalize` and `C_Initialize` each object has a handle of its own again. A profile says so in advance;
//! else it is found out when a new object has the handle of another one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use cryptoki::context::Function;
use log::{error, warn};

use crate::error::{Error, ErrorKind, Result};

use super::Token;
use super::epoch::Epoch;
use super::recovery::END;

/// Keeps creations and destructions apart, where one must not come between the other and a renewal.
#[derive(Debug, Default)]
pub(super) struct Renewal {
    /// Whether the module is initialised anew after each destruction.
    is_needed: AtomicBool,
    objects: RwLock<()>,
}

impl Renewal {
    pub(super) fn new(is_needed: bool) -> Self {
        Self {
            is_needed: AtomicBool::new(is_needed),
            objects: RwLock::default(),
        }
    }
}

impl Token {
    /// Runs an operation that makes objects of the token.
    pub(crate) fn creating<T>(&self, create: impl FnOnce() -> T) -> T {
        if !self.renewal.is_needed.load(Ordering::Relaxed) {
            return create();
        }
        let objects = &self.renewal.objects;
        let _creating = objects.read().unwrap_or_else(PoisonError::into_inner);
        create()
    }

    /// Runs an operation that destroys objects of the token, and renews the epoch if that is needed then.
    ///
    /// # Errors
    ///
    /// Those of `destroy`.
    pub(crate) fn destroying<T>(&self, destroy: impl FnOnce() -> Result<T>) -> Result<T> {
        if !self.renewal.is_needed.load(Ordering::Relaxed) {
            return destroy();
        }
        let objects = &self.renewal.objects;
        let _destroying = objects.write().unwrap_or_else(PoisonError::into_inner);
        let destroyed = destroy();
        let is_away =
            |error: &Error| matches!(error.kind(), ErrorKind::TokenAway | ErrorKind::PinRefused);
        // What is to be looked for is not renewed.
        if !destroyed.as_ref().is_err_and(is_away) {
            self.renew(&self.epoch());
        }
        destroyed
    }

    /// Whether epochs end because others destroy objects, which is no failure of the token; until the
    /// deadline of an operation, as all operations wait for the like.
    pub(super) fn is_renewed_until(&self, deadline: Instant) -> bool {
        self.renewal.is_needed.load(Ordering::Relaxed) && Instant::now() < deadline
    }

    /// To be called once a new object turned out to have the handle of another one.
    pub(super) fn after_handle_clash(&self, epoch: &Arc<Epoch>) {
        if !self.renewal.is_needed.swap(true, Ordering::Relaxed) {
            warn!(
                "The token gives new objects the handles of others: from now on the module is initialised \
                 anew after each destruction (renew_after_destroy in a quirk profile)."
            );
        }
        self.renew(epoch);
    }

    /// Begins a new epoch with the module initialised anew; if that fails, the token is looked for as after
    /// any failure.
    fn renew(&self, ended: &Arc<Epoch>) {
        let Some(mut turn) = self.recovery.take(self.config.session_timeout) else {
            return;
        };
        if !Arc::ptr_eq(&self.epoch(), ended) || turn.recovery.has_begun() {
            return;
        }
        if !ended.sessions.end(END) {
            error!("A call to the token does not return, so nothing can be done yet.");
            turn.recovery.begin_to_look();
            return;
        }
        let caller = self.watch.caller();
        let renewed = caller
            .make(Function::Initialize, || ended.module.reinitialize())
            .and_then(|()| self.begin_again(ended));
        match renewed {
            Ok(epoch) => self.enter(epoch),
            Err(reason) => {
                error!("The module cannot be initialised anew: {reason}");
                turn.recovery.begin_to_look();
                self.note_refusal(&mut turn.recovery, &reason);
            }
        }
    }
}
