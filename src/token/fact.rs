//! Owns what is known of a token's abilities: claimed by a profile, or found out by trying, so that it is
//! tried once per start.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use cryptoki::error::RvError;

use crate::config::{Ability, Claim};
use crate::ec::Curve;
use crate::error::{Error, ErrorKind, Result};

/// How long a refusal is believed that was told by an error which would also tell of a failure.
const DOUBT: Duration = Duration::from_secs(60);

/// What is known of one ability.
#[derive(Clone, Default)]
enum Verdict {
    #[default]
    Unknown,
    Able {
        claimed: bool,
    },
    Unable {
        reason: String,
        /// When it is tried again; `None`: never.
        doubt: Option<Instant>,
    },
}

impl Verdict {
    fn outcome(&self) -> Option<Result<()>> {
        match self {
            Verdict::Unknown => None,
            Verdict::Able { .. } => Some(Ok(())),
            Verdict::Unable { doubt, .. } if doubt.is_some_and(|doubt| doubt <= Instant::now()) => {
                None
            }
            Verdict::Unable { reason, .. } => {
                Some(Err(Error::new(ErrorKind::NotSupported, reason.clone())))
            }
        }
    }
}

/// Locked while it is tried, so that a slow trial holds up only who asks for the same.
type Trial = Arc<Mutex<Verdict>>;

pub(super) struct Facts {
    verdicts: Mutex<HashMap<(Ability, Curve), Trial>>,
    /// What the profile denies: nobody tries that.
    denied: Vec<(Ability, Curve)>,
    /// Where a signature was made, right or not.
    signed: RwLock<HashSet<Curve>>,
}

impl Facts {
    /// What a profile claims, to begin with.
    pub(super) fn new(claims: &[Claim]) -> Self {
        let verdict = |claim: &Claim| match claim.able {
            true => Verdict::Able { claimed: true },
            false => Verdict::Unable {
                reason: denial(claim.ability, claim.curve),
                doubt: None,
            },
        };
        let verdicts = claims.iter().map(|claim| {
            let trial = Arc::new(Mutex::new(verdict(claim)));
            ((claim.ability, claim.curve), trial)
        });
        let denied = claims.iter().filter(|claim| !claim.able);
        Self {
            verdicts: Mutex::new(verdicts.collect()),
            denied: denied.map(|claim| (claim.ability, claim.curve)).collect(),
            signed: RwLock::default(),
        }
    }

    /// Refuses what the profile denies.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotSupported`] then.
    pub(super) fn permit(&self, ability: Ability, curve: Curve) -> Result<()> {
        match self.denied.contains(&(ability, curve)) {
            true => Err(Error::new(ErrorKind::NotSupported, denial(ability, curve))),
            false => Ok(()),
        }
    }

    /// The verdict on `ability`, if there is one.
    pub(super) fn known(&self, ability: Ability, curve: Curve) -> Option<Result<()>> {
        let verdict = self.verdict(ability, curve);
        let verdict = verdict.lock().unwrap_or_else(PoisonError::into_inner);
        verdict.outcome()
    }

    /// The verdict on `ability`: the one remembered, else that of `try_it`; who asks meanwhile waits.
    ///
    /// Only success and [`ErrorKind::NotSupported`] are verdicts; any other error says nothing about
    /// the token's abilities, is returned as it is, and the next call tries again.
    pub(super) fn learn(
        &self,
        ability: Ability,
        curve: Curve,
        try_it: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let verdict = self.verdict(ability, curve);
        let mut verdict = verdict.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outcome) = verdict.outcome() {
            return outcome;
        }
        let outcome = try_it();
        match &outcome {
            Ok(()) => *verdict = Verdict::Able { claimed: false },
            Err(error) if error.kind() == ErrorKind::NotSupported => {
                *verdict = Verdict::Unable {
                    reason: error.to_string(),
                    doubt: may_pass(error).then(|| Instant::now() + DOUBT),
                };
            }
            Err(_) => {}
        }
        outcome
    }

    /// Drops a claim of the profile; gives whether there was one.
    pub(super) fn set_claim_aside(&self, ability: Ability, curve: Curve) -> bool {
        let verdict = self.verdict(ability, curve);
        let mut verdict = verdict.lock().unwrap_or_else(PoisonError::into_inner);
        let is_claimed = matches!(*verdict, Verdict::Able { claimed: true });
        if is_claimed {
            *verdict = Verdict::Unknown;
        }
        is_claimed
    }

    /// Remembers that the token signed on `curve`.
    pub(super) fn note_signed(&self, curve: Curve) {
        if !self.has_signed(curve) {
            let mut signed = self.signed.write().unwrap_or_else(PoisonError::into_inner);
            signed.insert(curve);
        }
    }

    /// Whether the token signed on `curve`.
    pub(super) fn has_signed(&self, curve: Curve) -> bool {
        let signed = self.signed.read().unwrap_or_else(PoisonError::into_inner);
        signed.contains(&curve)
    }

    fn verdict(&self, ability: Ability, curve: Curve) -> Trial {
        let mut verdicts = self.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(verdicts.entry((ability, curve)).or_default())
    }
}

/// Whether the refusal may have been one of this moment.
fn may_pass(refusal: &Error) -> bool {
    refusal.is_vague()
        || matches!(
            refusal.ckr(),
            Some(RvError::FunctionCanceled | RvError::HostMemory)
        )
}

fn denial(ability: Ability, curve: Curve) -> String {
    format!("the quirk profile says that {ability:?} does not work on {curve}")
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Facts").finish_non_exhaustive()
    }
}
