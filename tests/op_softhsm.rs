//! The operations on SoftHSM2.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "op/abilities.rs"]
mod abilities;
#[path = "op/access.rs"]
mod access;
#[path = "op/agree.rs"]
mod agree;
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
const NAME: &str = "SoftHSM2";

/// The curves that this token has.
const CURVES: &[Curve] = &[
    Curve::Secp192r1,
    Curve::Secp224r1,
    Curve::Secp256r1,
    Curve::Secp384r1,
    Curve::Secp521r1,
];

/// On so many curves keys can be made and used.
const PASSES: usize = 28;

const ABILITIES: Abilities = Abilities::all_on(CURVES);

/// A fresh token for one test.
fn access() -> access::Access {
    // Tests of one process share the module, so none of them may be the one that finalises it.
    softhsm_test::pkcs11().unwrap();
    let token = softhsm_test::Token::new().unwrap();
    access::Access {
        module: softhsm_test::module_path().unwrap(),
        serial: Some(token.serial().to_owned()),
        pin: token.user_pin().to_owned(),
        ..access::Access::default()
    }
}
