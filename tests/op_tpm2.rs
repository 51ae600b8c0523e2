//! The operations on tpm2-pkcs11: keys never enter or leave a TPM, and there is no key agreement.

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
#[path = "op/fixture.rs"]
mod fixture;
#[path = "op/generate.rs"]
mod generate;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "op/handle_clash.rs"]
mod handle_clash;
#[path = "op/import.rs"]
mod import;
#[path = "op/openssl.rs"]
mod openssl;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "op/openssl_private.rs"]
mod openssl_private;
#[path = "op/product.rs"]
mod product;
#[path = "op/random.rs"]
mod random;
#[path = "op/sign.rs"]
mod sign;
#[path = "op/stress.rs"]
mod stress;
#[path = "common/threads.rs"]
mod threads;
#[path = "op/usage.rs"]
mod usage;

use std::sync::OnceLock;

use abilities::Abilities;
use parsec_pkcs11_ecc::ec::Curve;
use test_tokens::TestToken;

/// What docs/interop.md calls the token.
const NAME: &str = "tpm2-pkcs11";

/// On so many curves keys can be made and used.
const PASSES: usize = 4;

/// The curves that this token has. The public key that it shows on secp521r1 is malformed.
const CURVES: &[Curve] = &[
    Curve::Secp192r1,
    Curve::Secp224r1,
    Curve::Secp256r1,
    Curve::Secp384r1,
];

const ABILITIES: Abilities = Abilities::all_on(&[]);

/// A token of the test's own: others would be guests in the module, which nobody could initialise anew for
/// them. nextest runs each test in a process of its own.
fn access() -> access::Access {
    static TOKEN: OnceLock<TestToken> = OnceLock::new();
    let token = TOKEN.get_or_init(|| test_tokens::tpm2::start().unwrap());
    access::Access {
        profile: Some("profiles/tpm2-pkcs11-1.9.toml".into()),
        ..access::Access::from(token)
    }
}
