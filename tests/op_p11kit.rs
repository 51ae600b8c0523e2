//! The operations on SoftHSM2 behind p11-kit, which adds latency and takes mechanisms away.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "op/abilities.rs"]
mod abilities;
#[path = "op/access.rs"]
mod access;
#[path = "op/capability.rs"]
mod capability;
#[path = "op/fixture.rs"]
mod fixture;
#[path = "op/generate.rs"]
mod generate;
#[path = "op/import.rs"]
mod import;
#[path = "op/openssl.rs"]
mod openssl;
#[path = "op/openssl_private.rs"]
mod openssl_private;
#[path = "op/product.rs"]
mod product;
#[path = "op/random.rs"]
mod random;
#[path = "op/shared.rs"]
mod shared;
#[path = "op/sign.rs"]
mod sign;
#[path = "op/stress.rs"]
mod stress;
#[path = "common/threads.rs"]
mod threads;
#[path = "op/usage.rs"]
mod usage;

use abilities::Abilities;
use parsec_pkcs11_ecc::ec::Curve;

/// What docs/interop.md calls the token.
const NAME: &str = "p11-kit";

/// On so many curves keys can be made and used.
const PASSES: usize = 28;

/// The curves that this token has.
const CURVES: &[Curve] = &[
    Curve::Secp192r1,
    Curve::Secp224r1,
    Curve::Secp256r1,
    Curve::Secp384r1,
    Curve::Secp521r1,
];

/// The protocol of p11-kit does not know key agreement.
const ABILITIES: Abilities = Abilities {
    agree: &[],
    ..Abilities::all_on(CURVES)
};

fn access() -> access::Access {
    shared::access(test_tokens::p11_kit::start)
}
