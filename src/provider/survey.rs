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
use crate::token::{KeyClass, KeyId, Label};

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
    /// Starts to compare; `None` without a login, where it would see too little.
    pub(super) fn start(core: &Arc<Core>) -> Option<Self> {
        if !core.token.is_logged_in() {
            info!("Mappings and token are not compared, as nobody is logged in.");
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

/// What a look at the token found.
#[derive(Default)]
struct Found {
    objects: HashSet<(KeyClass, KeyId)>,
    /// The keys that have the label of this installation.
    own: HashSet<KeyId>,
}

/// Keys come and go meanwhile, so only what stands before and after the look at the token counts.
fn compare(core: &Core, go_on: &dyn Fn() -> bool) -> Result<()> {
    let before = core.mappings.all();
    let found = match core.token.session_limit() {
        1 => one_by_one(core, &before, go_on)?,
        _ => all(core, go_on)?,
    };
    if !go_on() {
        return Ok(());
    }
    let after = core.mappings.all();
    report_missing(core, &before, &after, &found.objects);
    report_orphans(&before, &after, found.own);
    Ok(())
}

/// Looks at every key on the token.
fn all(core: &Core, go_on: &dyn Fn() -> bool) -> Result<Found> {
    let instance = &core.config().instance;
    let prefix = Label::prefix(instance);
    let mut found = Found::default();
    for class in [KeyClass::Private, KeyClass::Public] {
        for key in op::survey::keys(&core.token, class, go_on)? {
            let Some(id) = key.id else { continue };
            found.objects.insert((class, id));
            if *instance != Instance::Unknown && key.label.starts_with(prefix.as_bytes()) {
                found.own.insert(id);
            }
        }
    }
    Ok(found)
}

/// Looks for each key that a mapping names: clients wait for the one session of such a token, and may have
/// it in between. Keys without a mapping are not looked for.
fn one_by_one(
    core: &Core,
    mappings: &[(KeyIdentity, Mapping)],
    go_on: &dyn Fn() -> bool,
) -> Result<Found> {
    let mut found = Found::default();
    for (_, mapping) in mappings {
        if !go_on() {
            break;
        }
        if let Some((class, id)) = named(mapping) {
            if op::survey::holds(&core.token, class, id)? {
                found.objects.insert((class, id));
            }
        }
    }
    Ok(found)
}

/// The object that must be there for a mapping to name a key.
fn named(mapping: &Mapping) -> Option<(KeyClass, KeyId)> {
    let class = match EccKey::new(&mapping.attributes)?.kind {
        KeyKind::Pair => KeyClass::Private,
        KeyKind::PublicKey => KeyClass::Public,
    };
    Some((class, mapping.stored.id))
}

fn report_missing(
    core: &Core,
    before: &[(KeyIdentity, Mapping)],
    after: &[(KeyIdentity, Mapping)],
    objects: &HashSet<(KeyClass, KeyId)>,
) {
    let known = ids(before);
    let mut looked_for = 0_usize;
    let mut missing = 0_usize;
    for (identity, mapping) in after {
        let Some((class, id)) = named(mapping) else {
            continue;
        };
        looked_for += 1;
        let is_there = objects.contains(&(class, id));
        if is_there || mapping.stored.state != State::Ready || !known.contains(&id) {
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

fn report_orphans(
    before: &[(KeyIdentity, Mapping)],
    after: &[(KeyIdentity, Mapping)],
    own: HashSet<KeyId>,
) {
    let known = &ids(before) | &ids(after);
    let mut orphans: Vec<KeyId> = own.difference(&known).copied().collect();
    orphans.sort_by_key(|id| id.number());
    for id in orphans {
        warn!(
            "The key with CKA_ID {id} was made by this installation, but no mapping names it. \
             Nothing was removed: if another service on this token has the same instance, the key \
             may be in use there, and each needs an instance of its own; else restore the mapping \
             from a backup, or remove its objects with the token's own tool."
        );
    }
}

fn ids(mappings: &[(KeyIdentity, Mapping)]) -> HashSet<KeyId> {
    let ids = mappings.iter().map(|(_, mapping)| mapping.stored.id);
    ids.collect()
}
