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
#[path = "op/fixture.rs"]
mod fixture;
#[path = "op/generate.rs"]
mod generate;
#[path = "op/import.rs"]
mod import;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "op/judge.rs"]
mod judge;
#[path = "op/openssl.rs"]
mod openssl;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "op/openssl_private.rs"]
mod openssl_private;
#[path = "op/product.rs"]
mod product;
#[path = "op/random.rs"]
mod random;
#[path = "op/shared.rs"]
mod shared;

use abilities::Abilities;
use parsec_pkcs11_ecc::ec::Curve;

/// Of the curves that this token has, those whose digests it takes as they are.
/// What docs/interop.md calls the token.
const NAME: &str = "tpm2-pkcs11";

/// On so many curves keys can be made and used.
const PASSES: usize = 4;

const CURVES: &[Curve] = &[Curve::Secp256r1, Curve::Secp384r1];

const ABILITIES: Abilities = Abilities::all_on(&[]);

fn access() -> access::Access {
    shared::access(test_tokens::tpm2::start)
}
