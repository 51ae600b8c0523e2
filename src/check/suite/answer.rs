//! Owns the difference between a call that the token refused and one that failed.

use crate::error::{CkrClass, Error, Result};
use crate::token::PooledSession;

/// What a token says to a call.
pub(super) enum Answer<T> {
    /// `CKR_OK`.
    Done(T),
    /// It refused what it was given.
    Refused(Error),
}

impl<T> Answer<T> {
    /// Tokens are known that refuse what they were given by an error that tells of a failed device
    /// (`CKR_GENERAL_ERROR`, `CKR_DEVICE_ERROR`): it is a refusal if the token answers to something else.
    ///
    /// # Errors
    ///
    /// Errors that say nothing about what the token was given: the session, the login or the device is gone.
    pub(super) fn of(session: &PooledSession, outcome: Result<T>) -> Result<Self> {
        match outcome {
            Ok(done) => Ok(Self::Done(done)),
            Err(error) => match error.ckr_class() {
                Some(CkrClass::Call) => Ok(Self::Refused(error)),
                Some(CkrClass::Device) if session.answers() => Ok(Self::Refused(error)),
                _ => Err(error),
            },
        }
    }
}

/// Whether an error of a refusal tells of a failed device.
pub(super) fn blames_the_device(error: &Error) -> bool {
    error.ckr_class() == Some(CkrClass::Device)
}
