//! Owns the suite `ecdh`: secrets held against OpenSSL's, and peers that must get none.

mod derivation;
mod invalid;
mod montgomery;
mod peers;
mod secrets;

use crate::check::case::Case;
use crate::ec::Curve;

/// What says what a derived secret is.
const SOURCE: &str = "PKCS#11 3.0 current mechanisms, section 2.3 (Elliptic curve Diffie-Hellman key derivation); SEC 1, section 3.3.1";

pub(super) fn cases() -> Vec<Case> {
    Curve::ALL.iter().copied().flat_map(on_curve).collect()
}

fn on_curve(curve: Curve) -> Vec<Case> {
    let mut cases = secrets::cases(curve);
    cases.extend(peers::cases(curve));
    cases.extend(match curve.is_montgomery() {
        true => montgomery::cases(curve),
        false => invalid::cases(curve),
    });
    cases
}
