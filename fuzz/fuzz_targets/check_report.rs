//! Owns the target of check reports: what was read is written as it was, and no form of it fails.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::check::report::{VERSION, json, profile, terminal};

fuzz_target!(|text: &str| {
    let Ok(report) = json::read(text) else {
        return;
    };
    assert_eq!(report.version, VERSION);
    let written = json::write(&report).expect("a report can be written");
    let again = json::read(&written).expect("what was written can be read");
    // JSON has no NaN, so a report equals itself.
    assert_eq!(again, report);
    let _ = terminal::summary(&report, terminal::Paint::PLAIN);
    let _ = profile::write(&report);
});
