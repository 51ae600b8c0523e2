//! Owns the target of the service's configuration file: a refusal says where, and no error shows a PIN.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::config::Config;
use parsec_pkcs11_ecc::service::fuzzing::read_config;

/// What a seed gives as a PIN, and no message says.
const PIN: &str = "3f9a77c1";

fuzz_target!(|text: &str| {
    let read = match read_config(text) {
        Ok(read) => read,
        Err(error) => {
            let error = error.to_string();
            assert!(error.starts_with("config.toml"), "{error}");
            assert!(!error.contains(PIN) || keys_show(text), "{error}");
            return;
        }
    };
    // Everything in the file has a place that is read or warned of.
    for warning in &read.warnings {
        assert!(warning.starts_with("config.toml"), "{warning}");
        assert!(!warning.contains('\n'), "{warning}");
    }
    assert!(!format!("{:?}", read.section).contains(PIN) || keys_show(text));
    let mut section = read.section;
    // Only what the input itself says is read, no file or variable that it names.
    let reads = section.user_pin_file.is_some()
        || section.user_pin_credential.is_some()
        || section.user_pin_env.is_some()
        || text.contains("pin-source");
    section.quirk_profile = None;
    if reads {
        return;
    }
    match Config::try_from(section) {
        Ok(config) => assert!(!format!("{:?}", config.pin).contains(PIN)),
        Err(error) => assert!(!error.to_string().contains(PIN) || keys_show(text)),
    }
});

/// Whether the PIN stands somewhere else than in an option for PINs, too: there it is no secret.
fn keys_show(text: &str) -> bool {
    text.matches(PIN).count() > 1 || !text.contains(&format!("user_pin = \"{PIN}\""))
}
