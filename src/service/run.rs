//! Owns the life of the service: start, reload on SIGHUP, stop on SIGTERM and SIGINT.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::available_parallelism;
use std::time::Duration;

use log::{debug, error, info, warn};
use nix::unistd::geteuid;
use sd_notify::NotifyState;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use super::assembly::{Assembly, assemble};
use super::config_file::ConfigFile;
use super::duty;
use super::listener::Listener;
use super::logger;
use super::store_lock::StoreLock;
use super::watchdog::Watchdog;
use super::workers::Workers;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::generation::CoreSettings;
use crate::provider::Provider;

/// The fewest threads of an unset `thread_pool_size`: threads that wait hide the token's latency.
const FEWEST_THREADS: usize = 16;

/// The most threads of an unset `thread_pool_size`, whatever number of sessions a token promises.
const MOST_THREADS: usize = 256;

/// Serves clients as the configuration file at `path` says, until SIGTERM or SIGINT.
///
/// SIGHUP reloads the file: one that is wrong is logged and the old one stays in force; with a right
/// one, running requests are finished, the PKCS#11 module is finalised and everything is built
/// anew, while new clients wait. systemd is told about each step.
///
/// # Errors
/// [`ErrorKind::PinRefused`] if the token refused the PIN or would lock it (start over with the same
/// PIN and it may lock); else what made a start or the rebuilding of a reload fail.
pub fn run(path: &Path) -> Result<()> {
    let file = ConfigFile::read(path)?;
    refuse_root(&file)?;
    logger::start(&file.core_settings);
    let mut signals = catch_signals().map_err(|error| {
        Error::new(ErrorKind::InsufficientMemory, "signals cannot be caught").with_source(error)
    })?;
    let listener = Arc::new(Listener::open(file.socket_path())?);
    let store_lock = StoreLock::take(&file, None)?;
    let config = Config::try_from(file.section.clone())?;
    let watchdog = Watchdog::of_start(config.call_timeout).map_err(not_watched)?;
    let mut service = Running::start(Plan {
        file,
        config,
        listener,
        store_lock,
    })?;
    watchdog.stop();
    notify(&[NotifyState::Ready]);
    info!("ready");
    while signals.forever().next() == Some(SIGHUP) {
        service = service.reload(path)?;
    }
    notify(&[NotifyState::Stopping]);
    info!("stopping: requests that are running are finished first");
    service.stop().stop();
    info!("stopped");
    Ok(())
}

/// A second SIGTERM or SIGINT ends the process at once, for a token may never answer.
fn catch_signals() -> std::io::Result<Signals> {
    let stopping = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        flag::register_conditional_shutdown(signal, 1, Arc::clone(&stopping))?;
        flag::register(signal, Arc::clone(&stopping))?;
    }
    Signals::new([SIGHUP, SIGINT, SIGTERM])
}

fn refuse_root(file: &ConfigFile) -> Result<()> {
    if geteuid().is_root() && file.core_settings.allow_root != Some(true) {
        return Err(Error::new(
            ErrorKind::Configuration,
            "the service runs as root, where a fault in it or in the PKCS#11 module costs the whole machine: run it as a user of its own, or set allow_root = true in [core_settings] (not recommended)",
        ));
    }
    Ok(())
}

/// Tells systemd, if it started this process.
fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        debug!("systemd cannot be notified: {error}");
    }
}

/// What a start is made with. The source of the PIN was read, which can perhaps be done only once.
struct Plan {
    file: ConfigFile,
    config: Config,
    listener: Arc<Listener>,
    store_lock: Arc<StoreLock>,
}

/// The service between two reloads.
struct Running {
    core_settings: CoreSettings,
    listener: Arc<Listener>,
    store_lock: Arc<StoreLock>,
    provider: Arc<Provider>,
    workers: Workers,
    watchdog: Watchdog,
}

impl Running {
    fn start(plan: Plan) -> Result<Self> {
        let Plan {
            file,
            config,
            listener,
            store_lock,
        } = plan;
        for warning in &file.warnings {
            warn!("{warning}");
        }
        if file.core_settings.idle_listener_sleep_duration.is_some() {
            debug!("idle_listener_sleep_duration has no effect: this service does not poll");
        }
        let Assembly {
            front_end,
            provider,
        } = assemble(&file, config)?;
        let (count, few) = match file.core_settings.thread_pool_size {
            Some(count) => (count, count),
            None => (default_thread_count(provider.session_limit()), duty::few()),
        };
        let timeout = Duration::from_millis(file.listener.timeout);
        let workers = Workers::start(&listener, count, few, timeout, move |connection| {
            front_end.handle_request(connection);
        })?;
        let watchdog =
            Watchdog::start(Arc::clone(&provider), workers.pulse()).map_err(not_watched)?;
        Ok(Self {
            core_settings: file.core_settings,
            listener,
            store_lock,
            provider,
            workers,
            watchdog,
        })
    }

    /// An error only if the old service is gone and there is no new one.
    fn reload(self, path: &Path) -> Result<Self> {
        info!("reloading {}", path.display());
        let monotonic = NotifyState::monotonic_usec_now();
        match monotonic {
            Ok(now) => notify(&[NotifyState::Reloading, now]),
            Err(_) => notify(&[NotifyState::Reloading]),
        }
        let reloaded = match self.prepare(path) {
            Ok(plan) => {
                logger::warn_of_change(&self.core_settings, &plan.file.core_settings);
                let watchdog = self.stop();
                let started = Self::start(plan)?;
                watchdog.stop();
                started
            }
            Err(error) => {
                error!("the reload failed, and the old configuration stays in force: {error}");
                self
            }
        };
        notify(&[NotifyState::Ready]);
        info!("ready");
        Ok(reloaded)
    }

    /// Checks all that can be checked while the old service still serves.
    fn prepare(&self, path: &Path) -> Result<Plan> {
        let file = ConfigFile::read(path)?;
        refuse_root(&file)?;
        let config = Config::try_from(file.section.clone())?;
        self.provider.check_pin(&config)?;
        let listener = if self.listener.serves(file.socket_path()) {
            Arc::clone(&self.listener)
        } else {
            Arc::new(Listener::bind(file.socket_path())?)
        };
        let store_lock = StoreLock::take(&file, Some(&self.store_lock))?;
        Ok(Plan {
            file,
            config,
            listener,
            store_lock,
        })
    }

    /// Finishes what runs and finalises the module. Gives the watchdog, which watches that, and what follows.
    fn stop(self) -> Watchdog {
        self.watchdog.expect_stop();
        self.workers.stop();
        self.watchdog.let_go();
        // The threads owned the front end and the provider in it, so this is the last one.
        drop(self.provider);
        self.watchdog
    }
}

fn not_watched(error: std::io::Error) -> Error {
    Error::new(
        ErrorKind::InsufficientMemory,
        "the watch over calls to the token cannot be started: raise the limits of this process",
    )
    .with_source(error)
}

fn default_thread_count(session_limit: usize) -> usize {
    let cores = available_parallelism().map_or(1, NonZeroUsize::get);
    session_limit.max(cores).clamp(FEWEST_THREADS, MOST_THREADS)
}

#[cfg(test)]
mod tests {
    use super::default_thread_count;

    #[test]
    fn threads_hide_latency_and_stay_few() {
        assert!(default_thread_count(1) >= 16);
        assert_eq!(default_thread_count(100), 100);
        assert_eq!(default_thread_count(usize::MAX), 256);
    }
}
