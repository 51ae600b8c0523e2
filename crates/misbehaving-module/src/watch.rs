//! Owns the control file at run time: noticing that it changed, and putting it into effect.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use cryptoki_sys::CKR_GENERAL_ERROR;

use crate::control::Control;
use crate::inject::Rules;
use crate::names::Rv;
use crate::raw::Outcome;
use crate::sessions::{self, Killed};
use crate::statistics::Counters;
use crate::{location, login, target, token_presence};

/// A control file that is in effect.
#[derive(Debug)]
pub(crate) struct Active {
    pub(crate) control: Control,
    pub(crate) rules: Rules,
    pub(crate) counters: Option<Arc<Counters>>,
}

/// What tells one version of the file from another.
#[derive(Clone, Copy, Eq, PartialEq)]
struct Stamp {
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

struct Seen {
    stamp: Option<Stamp>,
    /// None: the file is malformed, which was told.
    active: Option<Arc<Active>>,
}

static SEEN: RwLock<Option<Seen>> = RwLock::new(None);
static READING: Mutex<()> = Mutex::new(());

/// The control file in effect, read again if it changed.
///
/// CKR_GENERAL_ERROR while it is malformed or missing; a line on the standard error tells why.
pub(crate) fn current() -> Outcome<Arc<Active>> {
    let stamp = match path() {
        Some(path) => Some(stamp(path).map_err(|error| complain(path, &error.to_string()))?),
        None => None,
    };
    if let Some(active) = seen(stamp) {
        return active.ok_or(Rv(CKR_GENERAL_ERROR));
    }
    let reading: MutexGuard<'_, ()> = READING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(active) = seen(stamp) {
        return active.ok_or(Rv(CKR_GENERAL_ERROR));
    }
    let read = read(path(), previous_counters());
    let (active, killed) = match read {
        Ok(active) => {
            let killed = put_into_effect(&active.control);
            (Some(Arc::new(active)), killed)
        }
        Err(message) => {
            complain(
                path().unwrap_or(Path::new("without a control file")),
                &message,
            );
            (None, Killed::default())
        }
    };
    let logout = active
        .as_ref()
        .is_some_and(|active| active.control.logout.is_some());
    *SEEN.write().unwrap_or_else(PoisonError::into_inner) = Some(Seen {
        stamp,
        active: active.clone(),
    });
    drop(reading);
    // Without any lock, as the real module is called.
    if logout {
        login::log_out_target();
    }
    drop(killed);
    active.ok_or(Rv(CKR_GENERAL_ERROR))
}

/// The outcome of reading that version, if it was the last one read.
fn seen(stamp: Option<Stamp>) -> Option<Option<Arc<Active>>> {
    let seen = SEEN.read().unwrap_or_else(PoisonError::into_inner);
    match &*seen {
        Some(seen) if seen.stamp == stamp => Some(seen.active.clone()),
        _ => None,
    }
}

fn previous_counters() -> Option<(PathBuf, Arc<Counters>)> {
    let seen = SEEN.read().unwrap_or_else(PoisonError::into_inner);
    let active = seen.as_ref()?.active.as_ref()?;
    Some((
        active.control.statistics.clone()?,
        Arc::clone(active.counters.as_ref()?),
    ))
}

fn path() -> Option<&'static Path> {
    static PATH: OnceLock<Option<PathBuf>> = OnceLock::new();
    PATH.get_or_init(location::control_of_this_module)
        .as_deref()
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    let metadata = fs::metadata(path)?;
    Ok(Stamp {
        inode: metadata.ino(),
        size: metadata.size(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    })
}

fn read(path: Option<&Path>, previous: Option<(PathBuf, Arc<Counters>)>) -> Result<Active, String> {
    let control = match path {
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
            Control::parse(&text)?
        }
        None => Control::default(),
    };
    target::load(&control)?;
    let counters = match (&control.statistics, previous) {
        (Some(wanted), Some((path, counters))) if *wanted == path => Some(counters),
        (Some(wanted), _) => {
            let counters = Counters::open(wanted)
                .map_err(|error| format!("statistics {}: {error}", wanted.display()))?;
            Some(Arc::new(counters))
        }
        (None, _) => None,
    };
    Ok(Active {
        rules: Rules::new(&control),
        control,
        counters,
    })
}

fn put_into_effect(control: &Control) -> Killed {
    let mut killed = Killed::default();
    if let Some(answer) = control.kill_sessions {
        killed.extend(sessions::kill(None, answer));
    }
    killed.extend(token_presence::configure(&control.token));
    if let Some(answer) = control.logout {
        login::forget(answer);
    }
    killed
}

fn complain(path: &Path, message: &str) -> Rv {
    eprintln!(
        "misbehaving-module: {}: {}",
        path.display(),
        message.trim_end()
    );
    Rv(CKR_GENERAL_ERROR)
}
