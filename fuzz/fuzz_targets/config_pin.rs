//! Owns the target of `Pin::parse`: prefixes mean what they say, and nothing shows the PIN.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::config::Pin;

fuzz_target!(|text: &str| {
    let Ok(pin) = Pin::parse(text) else {
        assert!(text.starts_with("hex:"));
        return;
    };
    match (text.strip_prefix("str:"), text.strip_prefix("hex:")) {
        (Some(rest), _) => assert_eq!(pin.as_bytes(), rest.as_bytes()),
        (_, Some(digits)) => assert_eq!(pin.as_bytes().len() * 2, digits.len()),
        (None, None) => assert_eq!(pin.as_bytes(), text.as_bytes()),
    }
});
