//! Project Wycheproof's vectors on SoftHSM2.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "op/access.rs"]
mod access;
#[path = "wycheproof/suite.rs"]
mod suite;

use parsec_pkcs11_ecc::ec::Curve;

const TOKEN: &str = "SoftHSM2";

/// The curves that this token has to have; if it has more of them, their vectors run as well.
const CURVES: &[Curve] = &[
    Curve::Secp192r1,
    Curve::Secp224r1,
    Curve::Secp256r1,
    Curve::Secp384r1,
    Curve::Secp521r1,
];

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
