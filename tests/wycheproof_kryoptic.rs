//! Project Wycheproof's vectors on the embedded token (Kryoptic).
//!
//! `ci/embedded-token` builds it; the variable EMBEDDED_TOKEN_MODULE says where it is.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "op/access.rs"]
mod access;
#[path = "op/kryoptic.rs"]
mod kryoptic;
#[path = "wycheproof/suite.rs"]
mod suite;

use std::sync::OnceLock;

use kryoptic::Embedded;
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::token::Token;

const TOKEN: &str = "Kryoptic";

/// The curves that this token has to have; if it has more of them, their vectors run as well.
const CURVES: &[Curve] = &[Curve::Secp256r1, Curve::Secp384r1, Curve::Secp521r1];

/// The one token of the process, kept open so that no test finalises the module under another.
fn access() -> access::Access {
    static EMBEDDED: OnceLock<(Embedded, Token)> = OnceLock::new();
    let (embedded, _token) = EMBEDDED.get_or_init(|| {
        let embedded = Embedded::new();
        let token = embedded.access(kryoptic::PIN).open();
        (embedded, token)
    });
    embedded.access(kryoptic::PIN)
}
