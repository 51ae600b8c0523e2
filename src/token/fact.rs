//! Owns what was found out about a token by trying, so that it is tried once per start.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

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

/// What is known of one fact.
#[derive(Clone, Default)]
enum Verdict {
    #[default]
    Unknown,
    ItDoes,
    /// Why it does not.
    ItDoesNot(String),
}

impl Verdict {
    fn outcome(&self) -> Option<Result<()>> {
        match self {
            Verdict::Unknown => None,
            Verdict::ItDoes => Some(Ok(())),
            Verdict::ItDoesNot(reason) => {
                Some(Err(Error::new(ErrorKind::NotSupported, reason.clone())))
            }
        }
    }
}

/// Locked while it is tried, so that a slow trial holds up only who asks for the same.
type Trial = Arc<Mutex<Verdict>>;

#[derive(Default)]
pub(super) struct Facts(Mutex<HashMap<(Fact, Curve), Trial>>);

impl Facts {
    /// The verdict on `fact`, if there is one.
    pub(super) fn known(&self, fact: Fact, curve: Curve) -> Option<Result<()>> {
        let verdict = self.verdict(fact, curve);
        let verdict = verdict.lock().unwrap_or_else(PoisonError::into_inner);
        verdict.outcome()
    }

    /// The verdict on `fact`: the one remembered, else that of `try_it`; who asks meanwhile waits.
    ///
    /// Only success and [`ErrorKind::NotSupported`] are verdicts; any other error says nothing about
    /// the token's abilities, is returned as it is, and the next call tries again.
    pub(super) fn learn(
        &self,
        fact: Fact,
        curve: Curve,
        try_it: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let verdict = self.verdict(fact, curve);
        let mut verdict = verdict.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outcome) = verdict.outcome() {
            return outcome;
        }
        let outcome = try_it();
        match &outcome {
            Ok(()) => *verdict = Verdict::ItDoes,
            Err(error) if error.kind() == ErrorKind::NotSupported => {
                *verdict = Verdict::ItDoesNot(error.to_string());
            }
            Err(_) => {}
        }
        outcome
    }

    fn verdict(&self, fact: Fact, curve: Curve) -> Trial {
        let mut verdicts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(verdicts.entry((fact, curve)).or_default())
    }
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Facts").finish_non_exhaustive()
    }
}
