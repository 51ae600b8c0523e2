//! Owns the target of the `pkcs11:` URI in a configuration (RFC 7512).

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::config::{Config, Section};

fuzz_target!(|uri: &str| {
    // A pin-source would read whatever file the input names.
    if uri.contains("pin") {
        return;
    }
    let section = Section {
        library_path: Some("module.so".into()),
        token_uri: Some(uri.to_owned().into()),
        ..Section::default()
    };
    if let Ok(config) = Config::try_from(section) {
        assert!(uri.to_ascii_lowercase().starts_with("pkcs11:"));
        assert!(config.pin.is_none());
    }
});
