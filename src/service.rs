//! Owns a Parsec service around the provider: configuration file, listener, workers, signals.
//!
//! The service behaves as Parsec's own does with the same `config.toml`; where it differs (no
//! polling sleep, a socket that survives a reload, damaged mapping files moved aside), the
//! difference is one that a user asked for.

mod assembly;
mod check_config;
mod client_stream;
pub(crate) mod config_file;
mod damaged_mappings;
mod duty;
#[cfg(feature = "_fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub(crate) mod listener;
mod logger;
pub(crate) mod mapping_file;
mod run;
mod store_lock;
mod unknown_keys;
mod watchdog;
mod workers;

pub use check_config::check_config;
pub use run::run;
