//! The operations on opencryptoki, which as Debian builds it knows no elliptic curves: it opens, gives
//! random bytes, and everything else is not supported.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "op/abilities.rs"]
mod abilities;
#[path = "op/access.rs"]
mod access;
#[path = "op/capability.rs"]
mod capability;
#[path = "op/export.rs"]
mod export;
#[path = "op/fixture.rs"]
mod fixture;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "op/openssl.rs"]
mod openssl;
#[path = "op/random.rs"]
mod random;
#[path = "op/shared.rs"]
mod shared;

use abilities::Abilities;
use parsec_pkcs11_ecc::ec::Curve;

/// The curves that this token has.
const CURVES: &[Curve] = &[];

const ABILITIES: Abilities = Abilities::all_on(CURVES);

fn access() -> access::Access {
    shared::access(test_tokens::opencryptoki::start)
}
