//! Owns the comparison of mappings and token, in the background of a start: it reports and removes
//! nothing.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use log::{error, info, warn};

use crate::config::Instance;
use crate::error::Result;
use crate::generation::KeyIdentity;
use crate::op;
use crate::token::{KeyClass, KeyId, Label, SurveyedKey};

use super::Core;
use super::attributes::{EccKey, KeyKind};
use super::mappings::name_for_log;
use super::stored_id::{Mapping, State};

/// The thread that compares; dropping this stops it and waits for it.
#[derive(Debug)]
pub(super) struct Survey {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Survey {
    /// Starts to compare; `None` where it would see too little (no login) or be in the way (a token
    /// with one session).
    pub(super) fn start(core: &Arc<Core>) -> Option<Self> {
        if !core.token.is_logged_in() || core.token.session_limit() == 1 {
            return None;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let core = Arc::clone(core);
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("survey".to_owned())
            .spawn(move || {
                let go_on = || !stopped.load(Ordering::Relaxed);
                if let Err(error) = compare(&core, &go_on) {
                    error!("Mappings and token cannot be compared: {error}");
                }
            });
        match thread {
            Ok(thread) => Some(Self {
                stop,
                thread: Some(thread),
            }),
            Err(source) => {
                error!("Mappings and token cannot be compared: {source}");
                None
            }
        }
    }
}

impl Drop for Survey {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            if thread.join().is_err() {
                error!("The comparison of mappings and token panicked.");
            }
        }
    }
}

/// Keys come and go meanwhile, so only what stands before and after the look at the token counts.
fn compare(core: &Core, go_on: &dyn Fn() -> bool) -> Result<()> {
    let before = core.mappings.all();
    let private = op::survey::keys(&core.token, KeyClass::Private, go_on)?;
    let public = op::survey::keys(&core.token, KeyClass::Public, go_on)?;
    if !go_on() {
        return Ok(());
    }
    let after = core.mappings.all();
    report_missing(core, &before, &after, &ids(&private), &ids(&public));
    report_orphans(core, &before, &after, private.iter().chain(&public));
    Ok(())
}

fn ids(keys: &[SurveyedKey]) -> HashSet<KeyId> {
    keys.iter().filter_map(|key| key.id).collect()
}

fn report_missing(
    core: &Core,
    before: &[(KeyIdentity, Mapping)],
    after: &[(KeyIdentity, Mapping)],
    private: &HashSet<KeyId>,
    public: &HashSet<KeyId>,
) {
    let known: HashSet<KeyId> = before
        .iter()
        .map(|(_, mapping)| mapping.stored.id)
        .collect();
    let mut looked_for = 0_usize;
    let mut missing = 0_usize;
    for (identity, mapping) in after {
        let id = mapping.stored.id;
        let Some(key) = EccKey::new(&mapping.attributes) else {
            continue;
        };
        looked_for += 1;
        let there = match key.kind {
            KeyKind::Pair => private.contains(&id),
            KeyKind::PublicKey => public.contains(&id),
        };
        if there || mapping.stored.state != State::Ready || !known.contains(&id) {
            continue;
        }
        missing += 1;
        warn!(
            "The token does not hold the key with CKA_ID {id} that a mapping names (made on the \
             token with serial number {}){}.",
            mapping.stored.serial.as_deref().unwrap_or("unknown"),
            name_for_log(identity)
        );
    }
    if missing > 0 {
        warn!(
            "{missing} of {looked_for} keys are not on the token with serial number {}. Nothing was \
             removed: check that this is the right token.",
            core.token.serial()
        );
    } else {
        info!("Every key that a mapping names is on the token.");
    }
}

fn report_orphans<'a>(
    core: &Core,
    before: &[(KeyIdentity, Mapping)],
    after: &[(KeyIdentity, Mapping)],
    keys: impl Iterator<Item = &'a SurveyedKey>,
) {
    if core.config().instance == Instance::Unknown {
        return;
    }
    let prefix = Label::prefix(&core.config().instance);
    let known: HashSet<KeyId> = before
        .iter()
        .chain(after)
        .map(|(_, mapping)| mapping.stored.id)
        .collect();
    let mut orphans: Vec<KeyId> = keys
        .filter(|key| key.label.starts_with(prefix.as_bytes()))
        .filter_map(|key| key.id)
        .filter(|id| !known.contains(id))
        .collect();
    orphans.sort_by_key(|id| id.number());
    orphans.dedup();
    for id in orphans {
        warn!(
            "The key with CKA_ID {id} was made by this installation, but no mapping names it. \
             Nothing was removed: if another service on this token has the same instance, the key \
             may be in use there, and each needs an instance of its own; else restore the mapping \
             from a backup, or remove its objects with the token's own tool."
        );
    }
}
