//! Owns the cases about public keys that are none: points off the curve, and the one at infinity.

use super::require_curve;
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::outcome::Verdict;
use crate::check::raw_import;
use crate::check::raw_pair::is_any_refusal;
use crate::check::subject::Subject;
use crate::ec::{Curve, PrivateKey, PublicKey};
use crate::error::Result;
use crate::op::objects::{create_public, discard};
use crate::op::trial;
use crate::op::trial::ALL_USES;

const CURVES: [Curve; 3] = [Curve::Secp256r1, Curve::Secp384r1, Curve::Secp521r1];

/// The point at infinity in a DER OCTET STRING: SEC 1, section 2.3.3.
const INFINITY: [u8; 3] = [4, 1, 0];

pub(super) fn cases() -> impl Iterator<Item = Case> {
    CURVES.into_iter().flat_map(|curve| {
        [
            case(curve, "off-curve", "a point off the curve", off_curve),
            case(curve, "infinity", "the point at infinity", |_| {
                INFINITY.to_vec()
            }),
        ]
    })
}

fn case(curve: Curve, word: &str, point: &'static str, make: fn(&PublicKey) -> Vec<u8>) -> Case {
    Case::new(
        format!("import.{curve}.public.{word}"),
        format!("{point} is refused as a {curve} public key"),
        "SEC 1 version 2.0, section 3.2.2.1; PKCS#11 3.0, section 5.7.1",
        move |subject| refused(subject, curve, point, make),
    )
    .on(curve)
}

fn refused(
    subject: &mut Subject,
    curve: Curve,
    what: &str,
    make: fn(&PublicKey) -> Vec<u8>,
) -> Result<Verdict> {
    let bench = subject.bench()?;
    require_curve(bench, curve)?;
    let point = PrivateKey::random(curve)?.public_key()?;
    let key = bench.new_key(curve, ALL_USES)?;
    let session = bench.session();
    let lifetime = trial::trial_objects(session, |lifetime| {
        let public = create_public(session, &key, &point, lifetime)?;
        discard(session, &[public]).map(|()| lifetime)
    })?;
    match raw_import::create_public(session, &key, &make(&point), lifetime) {
        Err(error) if is_any_refusal(session, &error) => {
            Ok(Verdict::pass().note(format!("refused: {error}")))
        }
        Err(error) => Err(error),
        Ok(public) => {
            discard(session, &[public])?;
            Ok(Verdict::warn(
                Finding::new(format!("{what} is refused"), "CKR_OK")
                    .by("C_CreateObject")
                    .remedy(
                        "the provider checks each point before it is given to the token; other applications must, too",
                    ),
            ))
        }
    }
}

/// The point with another last bit of y: the two points with this x differ in more than that, but for a few of
/// all points.
fn off_curve(point: &PublicKey) -> Vec<u8> {
    let mut der = point.to_ec_point();
    if let Some(last) = der.last_mut() {
        *last ^= 1;
    }
    der
}
