//! Owns the log settings of the service.

use env_logger::{Builder, Env};
use log::{debug, warn};

use crate::generation::CoreSettings;

/// Starts logging to the standard error stream: `log_level` over `RUST_LOG` over `warn`.
///
/// Parsec's own service starts at `error`, which hides the warnings about the configuration.
pub(super) fn start(settings: &CoreSettings) {
    let mut builder = Builder::from_env(Env::default().default_filter_or("warn"));
    if let Some(level) = settings.log_level {
        builder.filter_level(level);
    }
    if settings.log_timestamp == Some(true) {
        builder.format_timestamp_millis();
    } else {
        builder.format_timestamp(None);
    }
    // Fails where a logger is set already; an embedder's own is as good.
    if builder.try_init().is_err() {
        debug!("another logger is set; log_level and log_timestamp have no effect");
    }
}

/// Says so if a reload changes what only a restart can change.
pub(super) fn warn_of_change(before: &CoreSettings, after: &CoreSettings) {
    if (before.log_level, before.log_timestamp) != (after.log_level, after.log_timestamp) {
        warn!("log_level and log_timestamp are not reloaded: restart the service to change them");
    }
}
