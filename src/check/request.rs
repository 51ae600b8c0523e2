//! Owns what a run was asked for.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::catalogue::Selection;
use super::level::Level;
use super::run_id;
use crate::config::{Config, Pin, Section};
use crate::error::Result;

/// Which token is validated, and how it is reached: as the options of the same names of a `Pkcs11` section.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `library_path`
    pub module: PathBuf,
    /// `token_label`
    pub label: Option<String>,
    /// `serial_number`
    pub serial: Option<String>,
    /// `slot_number`
    pub slot: Option<u64>,
    /// `initialization_string`
    pub initialization_string: Option<String>,
    /// `quirk_profile`
    pub quirk_profile: Option<PathBuf>,
    /// `allow_final_pin_try`
    pub allow_final_pin_try: bool,
}

impl Target {
    /// The configuration of a provider on this token, whose objects bear the label of the run.
    ///
    /// # Errors
    /// As those of [`Config`].
    pub(crate) fn config(&self, pin: Option<Pin>, run: &str) -> Result<Config> {
        let section = Section {
            library_path: Some(self.module.clone()),
            token_label: self.label.clone(),
            serial_number: self.serial.clone(),
            slot_number: self.slot,
            initialization_string: self.initialization_string.clone(),
            quirk_profile: self.quirk_profile.clone(),
            allow_final_pin_try: Some(self.allow_final_pin_try),
            ..Section::default()
        };
        Ok(Config {
            pin,
            instance: run_id::instance(run),
            ..Config::try_from(section)?
        })
    }
}

/// What a run was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The token.
    pub target: Target,
    /// Which cases.
    pub selection: Selection,
    /// What the token is held against.
    pub level: Level,
    /// Whether a wrong PIN may be tried once.
    pub allow_wrong_pin: bool,
    /// The environment variable that the PIN was in, if it was in one: workers do not get it.
    pub pin_variable: Option<String>,
    /// Whether what the module prints is shown.
    pub module_output: bool,
    /// How long a case may take at most; each has a limit of its own.
    pub time_limit: Option<Duration>,
}
