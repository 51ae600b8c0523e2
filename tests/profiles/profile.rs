//! Tests of reading profiles; `open` reads one for the others.

use std::error::Error;
use std::fs;
use std::path::Path;

use parsec_pkcs11_ecc::config::{Config, Profile};
use parsec_pkcs11_ecc::token::Token;
use parsec_pkcs11_ecc::{ErrorKind, Result};

use crate::log;
use crate::quirk::playing;
use crate::setup::Faulty;

/// The token with a profile of these lines.
pub(crate) fn open(faulty: &Faulty, lines: &str) -> Result<Token> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("token.toml");
    fs::write(&path, lines).unwrap();
    let mut section = faulty.section();
    section.quirk_profile = Some(path);
    Token::open(Config::try_from(section)?)
}

#[test]
fn every_profile_that_is_delivered_can_be_read() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let mut count = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let profile = Profile::read(&path).unwrap();
        assert_ne!(profile, Profile::default(), "{}", path.display());
        count += 1;
    }
    assert!(count >= 3);
}

#[test]
fn what_is_not_understood_names_the_file() {
    let faulty = playing(|_| {});
    for (lines, reason) in [
        ("version = 1\ncolour = \"red\"", "colour"),
        ("version = 1\n[template]\nomit = [\"CKA_ID\"]", "CKA_ID"),
        ("version = 2", "version 2"),
        ("", "version"),
        ("version = 1\n[curves.p256]\nsign = true", "p256"),
    ] {
        let error = open(&faulty, lines).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{lines}");
        let why = error.source().map(ToString::to_string);
        let told = format!("{error}: {}", why.unwrap_or_default());
        assert!(
            told.contains("token.toml") && told.contains(reason),
            "{told}"
        );
    }
    let mut section = faulty.section();
    section.quirk_profile = Some("/nowhere/token.toml".into());
    let error = Config::try_from(section).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("/nowhere/token.toml"), "{error}");
}

#[test]
fn a_profile_of_another_model_is_used_with_a_warning() {
    log::keep();
    let faulty = playing(|_| {});
    let right = "version = 1\nmanufacturer = \"SoftHSM project\"\nmodel = \"SoftHSM v2\"";
    drop(open(&faulty, right).unwrap());
    assert_eq!(log::count(&["The quirk profile is for"]), 0);

    let wrong = "version = 1\nmodel = \"HSM-1\"\nmax_sessions = 3";
    let token = open(&faulty, wrong).unwrap();
    assert_eq!(token.session_limit(), 3);
    assert_eq!(log::count(&["WARN", "HSM-1", "SoftHSM v2"]), 1);
}

#[test]
fn options_win_over_the_profile() {
    let faulty = playing(|_| {});
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("token.toml");
    fs::write(&path, "version = 1\nmax_sessions = 3\nhandle_cache = false").unwrap();
    let mut section = faulty.section();
    section.quirk_profile = Some(path);
    let config = Config::try_from(section.clone()).unwrap();
    assert!(!config.handle_cache);
    assert_eq!(config.max_sessions.map(u32::from), Some(3));
    section.max_sessions = Some(5);
    section.handle_cache = Some(true);
    let config = Config::try_from(section).unwrap();
    assert!(config.handle_cache);
    assert_eq!(config.max_sessions.map(u32::from), Some(5));
}
