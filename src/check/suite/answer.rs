//! Owns the difference between a call that the token refused and one that failed.

use cryptoki::error::RvError;

use crate::error::{CkrClass, Error, Result};

/// What a token says to a call.
pub(super) enum Answer<T> {
    /// `CKR_OK`.
    Done(T),
    /// It refused what it was given.
    Refused(Error),
}

impl<T> Answer<T> {
    /// `CKR_GENERAL_ERROR` is a refusal, as some tokens have no other.
    ///
    /// # Errors
    ///
    /// Errors that say nothing about what the token was given: the session, the login or the device is gone.
    pub(super) fn of(outcome: Result<T>) -> Result<Self> {
        match outcome {
            Ok(done) => Ok(Self::Done(done)),
            Err(error) if error.ckr() == Some(RvError::GeneralError) => Ok(Self::Refused(error)),
            Err(error) => match error.ckr_class() {
                Some(CkrClass::Call) => Ok(Self::Refused(error)),
                _ => Err(error),
            },
        }
    }
}
