//! Owns the suite `ecdsa`: signatures of digests and messages, judged by the token and by OpenSSL.

mod combined;
mod forgeries;
mod nonces;
mod sign;
mod signed;
mod thousand;
mod verify;

use crate::check::case::Case;
use crate::check::judge;
use crate::ec::{Curve, Hash};
use crate::error::{Error, ErrorKind, Result};

/// Signed wherever one message will do.
const MESSAGE: &[u8] = b"a message";

pub(super) fn cases() -> Vec<Case> {
    let weierstrass = Curve::ALL
        .iter()
        .copied()
        .filter(|curve| !curve.is_montgomery());
    weierstrass.flat_map(on_curve).collect()
}

fn on_curve(curve: Curve) -> Vec<Case> {
    let mut cases = sign::cases(curve);
    cases.push(combined::case(curve));
    cases.push(verify::case(curve));
    cases.extend(forgeries::cases(curve));
    cases.push(nonces::case(curve));
    cases.extend(thousand::case(curve));
    cases
}

/// The hash whose digest fits the order best without being longer: tokens that take digests of some
/// lengths only take this one.
fn fitting_hash(curve: Curve) -> Hash {
    [Hash::Sha512, Hash::Sha384, Hash::Sha256, Hash::Sha224]
        .into_iter()
        .find(|hash| hash.len() <= curve.order_len())
        .unwrap_or(Hash::Sha1)
}

/// Refuses to judge on a curve that OpenSSL lacks.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] then.
fn require_judge(curve: Curve) -> Result<()> {
    match judge::has(curve) {
        true => Ok(()),
        false => Err(Error::new(
            ErrorKind::NotSupported,
            format!("OpenSSL, which judges, has no {curve}"),
        )),
    }
}
