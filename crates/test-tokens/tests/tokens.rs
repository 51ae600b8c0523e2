//! That each token starts, and starts once for a process.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use test_tokens::{Result, TestToken, kryoptic, nss, opencryptoki, p11_kit, tpm2};

fn starts_once(start: fn() -> Result<TestToken>) {
    let token = start().unwrap();
    assert!(token.module.is_file());
    let error = start().unwrap_err().to_string();
    assert!(error.contains("File exists"), "{error}");
}

#[test]
fn kryoptic_starts() {
    starts_once(kryoptic::start);
}

#[test]
fn nss_starts() {
    starts_once(nss::start);
}

#[test]
fn opencryptoki_starts() {
    starts_once(opencryptoki::start);
}

#[test]
fn p11_kit_starts() {
    starts_once(p11_kit::start);
}

#[test]
fn tpm2_starts() {
    starts_once(tpm2::start);
}
