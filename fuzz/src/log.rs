//! Owns a log that is held against two rules: a line is one line, and no PIN is in it.

use std::fmt::Write;
use std::sync::OnceLock;

use log::{LevelFilter, Log, Metadata, Record};

struct Watch {
    pin: OnceLock<String>,
}

static WATCH: Watch = Watch {
    pin: OnceLock::new(),
};

/// Starts to watch; from then on every line is formatted, as a log would.
pub fn watch(pin: &str) {
    WATCH.pin.get_or_init(|| pin.to_owned());
    if log::set_logger(&WATCH).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
}

impl Log for Watch {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= LevelFilter::Info
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let mut line = String::new();
        write!(line, "{}", record.args()).expect("a string has room");
        if std::env::var_os("FUZZ_LOG").is_some() {
            eprintln!("{} {}: {line}", record.level(), record.target());
        }
        if let Some(pin) = self.pin.get() {
            assert!(!line.contains(pin), "the log shows the PIN: {line}");
        }
        // What other crates write is theirs.
        if record.target().starts_with("parsec_pkcs11_ecc") {
            let broken = line.contains(|c: char| c.is_control());
            assert!(!broken, "a line of the log is broken: {line:?}");
        }
    }

    fn flush(&self) {}
}
