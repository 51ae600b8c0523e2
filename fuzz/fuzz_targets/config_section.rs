//! Owns the target of a `Pkcs11` section with its files: the options as TOML, the PIN file, the quirk profile.
//!
//! The input: three texts with NUL bytes between them.

#![no_main]

use std::fs;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::config::{Config, Pin, Profile, Section};
use parsec_pkcs11_ecc_fuzz::log;
use secrecy::ExposeSecret;
use tempfile::TempDir;

static DIRECTORY: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a directory"));

fuzz_target!(|input: &[u8]| {
    // A PIN that no input has: what is looked at are the lines of the log.
    log::watch("3f9a77c1-4d0e-4b6f");
    let mut parts = input.splitn(3, |byte| *byte == 0);
    let options = parts.next().unwrap_or_default();
    let pin = parts.next();
    let profile = parts.next();
    let Ok(options) = std::str::from_utf8(options) else {
        return;
    };
    let Ok(mut section) = toml::from_str::<Section>(options) else {
        return;
    };
    // A pin-source would read whatever file the input names.
    let uri = section.token_uri.as_ref().map(|uri| uri.expose_secret());
    if uri.is_some_and(|uri| uri.contains("pin")) {
        return;
    }
    section.quirk_profile = None;
    section.user_pin_file = pin.map(|pin| {
        let file = DIRECTORY.path().join("pin");
        fs::write(&file, pin).expect("ours");
        file
    });
    if let Some(profile) = profile {
        let file = DIRECTORY.path().join("profile.toml");
        fs::write(&file, profile).expect("ours");
        section.quirk_profile = Some(file);
    }
    let given = section.clone();
    let alone = given.user_pin_file.as_deref().map(Pin::from_file);
    let of_variable = given.user_pin_env.as_deref().map(Pin::from_environment);
    let Ok(config) = Config::try_from(section) else {
        return;
    };
    assert!(!config.library_path.as_os_str().is_empty());
    assert!(config.session_timeout.as_millis() > 0 && config.call_timeout.as_millis() > 0);
    assert_eq!(config.allow_export, given.allow_export.unwrap_or(true));
    assert_eq!(
        config.allow_final_pin_try,
        given.allow_final_pin_try.unwrap_or(false)
    );
    let sources = [
        given.user_pin.is_some(),
        given.user_pin_file.is_some(),
        given.user_pin_env.is_some(),
        given.user_pin_credential.is_some(),
    ];
    let count = sources.into_iter().filter(|named| *named).count();
    assert!(count <= 1);
    assert_eq!(config.pin.is_some(), count == 1);
    for read in [alone, of_variable].into_iter().flatten() {
        let read = read.expect("it was read before");
        let before = config.pin.as_ref().map(Pin::as_bytes);
        assert_eq!(before, Some(read.as_bytes()));
    }
    assert!(!config.token.to_string().is_empty());
    if let (Some(read), Some(written)) = (&config.pin, pin) {
        let text = written.strip_suffix(b"\n").unwrap_or(written);
        let text = text
            .strip_suffix(b"\r")
            .filter(|_| text != written)
            .unwrap_or(text);
        match (text.strip_prefix(b"str:"), text.strip_prefix(b"hex:")) {
            (Some(rest), _) => assert_eq!(read.as_bytes(), rest),
            (_, Some(digits)) => assert_eq!(read.as_bytes().len() * 2, digits.len()),
            _ => assert_eq!(read.as_bytes(), text),
        }
    }
    match profile.map(std::str::from_utf8) {
        Some(Ok(text)) => assert_eq!(Profile::parse(text).ok(), Some(config.profile)),
        Some(Err(_)) => panic!("a profile that is no text was read"),
        None => assert_eq!(config.profile, Profile::default()),
    }
});
