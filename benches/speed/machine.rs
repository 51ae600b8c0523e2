//! Owns what the report says about the machine.

use std::fs;
use std::thread;

/// The machine, and what else it did at the start.
pub(crate) struct Machine {
    pub(crate) cores: usize,
    pub(crate) model: String,
    /// Processes that ran or could have run, on average over the last minute.
    pub(crate) load: String,
}

impl Machine {
    pub(crate) fn now() -> Self {
        let text = |path| fs::read_to_string(path).unwrap_or_default();
        let model = text("/proc/cpuinfo")
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
            .map_or("unknown".to_owned(), |(_, model)| model.to_owned());
        let load = text("/proc/loadavg");
        Self {
            cores: thread::available_parallelism().map_or(1, usize::from),
            model,
            load: load.split(' ').next().unwrap_or_default().to_owned(),
        }
    }
}
