//! Owns the target of the `pkcs11:` URI in a configuration (RFC 7512).

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::config::{Config, Section};

/// Whether a `pin-source` names no file that there is.
fn is_harmless(value: &str) -> bool {
    let value = value.split('&').next().unwrap_or_default();
    let path = value.strip_prefix("file:").unwrap_or(value);
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.strip_prefix("localhost").unwrap_or(path);
    let is_refused = !path.contains(['/', '%']);
    is_refused || (path.starts_with("/absent/") && !path.contains("..") && !path.contains("%2"))
}

fuzz_target!(|uri: &str| {
    let mut sources = uri.match_indices("pin-source=");
    if !sources.all(|(place, name)| is_harmless(&uri[place + name.len()..])) {
        return;
    }
    let section = Section {
        library_path: Some("module.so".into()),
        token_uri: Some(uri.to_owned().into()),
        ..Section::default()
    };
    match Config::try_from(section) {
        Ok(config) => {
            assert!(uri.to_ascii_lowercase().starts_with("pkcs11:"));
            assert!(config.pin.is_none());
            let shown = config.token.to_string();
            assert!(!shown.is_empty() && !shown.contains(|c: char| c.is_control()));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
