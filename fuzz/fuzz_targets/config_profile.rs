//! Owns the target of `Profile::parse`: claims contradict each other nowhere, and every refusal is told.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parsec_pkcs11_ecc::config::Profile;

fuzz_target!(|text: &str| {
    match Profile::parse(text) {
        Ok(profile) => {
            let mut claimed = Vec::new();
            for claim in profile.claims {
                assert!(!claimed.contains(&(claim.ability, claim.curve)));
                claimed.push((claim.ability, claim.curve));
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
