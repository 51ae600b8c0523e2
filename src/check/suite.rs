//! Owns the suites, in the order in which they run: what ends logins and sessions first, the provider's own
//! operations last.

mod answer;
mod concurrency;
mod ecdh;
mod ecdsa;
mod eddsa;
mod encodings;
mod errors;
mod export;
mod import;
mod keygen;
mod module;
mod objects;
mod padded;
mod parsec;
mod session;
mod slot;
mod token;
mod wycheproof;

use super::case::Case;

/// All cases of all suites.
pub(super) fn cases() -> Vec<Case> {
    let suites = [
        module::cases,
        slot::cases,
        token::cases,
        session::cases,
        objects::cases,
        keygen::cases,
        encodings::cases,
        ecdsa::cases,
        ecdh::cases,
        import::cases,
        export::cases,
        eddsa::cases,
        errors::cases,
        concurrency::cases,
        wycheproof::cases,
        parsec::cases,
    ];
    suites.iter().flat_map(|suite| suite()).collect()
}
