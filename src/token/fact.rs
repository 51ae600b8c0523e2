//! Owns what was found out about a token by trying, so that it is tried once per start.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::ec::Curve;
use crate::error::{Error, ErrorKind, Result};

/// Something that only trying tells about a token and a curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Fact {
    /// It makes key pairs.
    Generates,
    /// It takes public keys.
    ImportsPublic,
    /// It takes key pairs.
    ImportsPairs,
    /// Its ECDH secrets are right.
    AgreesCorrectly,
}

/// `None`: it does; else why it does not.
type Verdict = Option<String>;

#[derive(Default)]
pub(super) struct Facts(Mutex<HashMap<(Fact, Curve), Verdict>>);

impl Facts {
    /// The verdict on `fact`: the one remembered, else that of `try_it`.
    ///
    /// Only success and [`ErrorKind::NotSupported`] are verdicts; any other error says nothing about
    /// the token's abilities, is returned as it is, and the next call tries again.
    pub(super) fn learn(
        &self,
        fact: Fact,
        curve: Curve,
        try_it: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let mut verdicts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verdict) = verdicts.get(&(fact, curve)) {
            return match verdict {
                None => Ok(()),
                Some(reason) => Err(Error::new(ErrorKind::NotSupported, reason.clone())),
            };
        }
        let outcome = try_it();
        match &outcome {
            Ok(()) => {
                verdicts.insert((fact, curve), None);
            }
            Err(error) if error.kind() == ErrorKind::NotSupported => {
                verdicts.insert((fact, curve), Some(error.to_string()));
            }
            Err(_) => {}
        }
        outcome
    }
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Facts").finish_non_exhaustive()
    }
}
