//! Project Wycheproof's vectors on NSS softokn.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "op/access.rs"]
mod access;
#[path = "op/shared.rs"]
mod shared;
#[path = "wycheproof/suite.rs"]
mod suite;

use parsec_pkcs11_ecc::ec::Curve;

const TOKEN: &str = "NSS";

/// The curves that this token has to have; if it has more of them, their vectors run as well.
const CURVES: &[Curve] = &[Curve::Secp256r1, Curve::Secp384r1, Curve::Secp521r1];

fn access() -> access::Access {
    shared::access(test_tokens::nss::start)
}
