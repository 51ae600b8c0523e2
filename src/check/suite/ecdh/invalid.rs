//! Owns the cases of points that are no public keys: a secret with one of them tells about the private key.

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcPoint, PointConversionForm};
use openssl::error::ErrorStack;

use super::derivation::{Agreement, peer};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::judge;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::check::suite::answer::{Answer, blames_the_device};
use crate::ec::{Curve, Family};
use crate::error::{Error, ErrorKind, Result};

const SOURCE: &str = "SEC 1, sections 3.2.2.1 and 3.3.1; NIST SP 800-56A Rev. 3, section 5.6.2.3.3";

/// What is no public key, and what it is.
type NoKey = (&'static str, Vec<u8>);

pub(super) fn cases(curve: Curve) -> Vec<Case> {
    let off_curve = Case::new(
        format!("ecdh.{curve}.off-curve"),
        format!("no secret is derived with a point that is not on {curve}"),
        SOURCE,
        move |subject| refuses(subject, curve, off_curve),
    );
    let infinity = Case::new(
        format!("ecdh.{curve}.infinity"),
        format!("no secret is derived on {curve} with the point at infinity"),
        SOURCE,
        move |subject| refuses(subject, curve, infinity),
    );
    let mut cases = vec![informative(off_curve, curve), informative(infinity, curve)];
    if has_cofactor(curve) {
        let subgroup = Case::new(
            format!("ecdh.{curve}.small-subgroup"),
            format!(
                "no secret is derived on {curve} with a point outside the group of its base point"
            ),
            SOURCE,
            move |subject| refuses(subject, curve, small_subgroup),
        );
        cases.push(informative(subgroup, curve));
    }
    cases
}

/// Parsec checks points before the token sees them, so that no level needs it.
fn informative(case: Case, curve: Curve) -> Case {
    match curve {
        Curve::Secp256r1 => case.on(curve).quick(),
        _ => case.on(curve),
    }
}

fn has_cofactor(curve: Curve) -> bool {
    matches!(
        curve.family(),
        Family::SectK1 | Family::SectR1 | Family::SectR2
    )
}

fn refuses(
    subject: &mut Subject,
    curve: Curve,
    make: fn(Curve) -> Result<Vec<NoKey>>,
) -> Result<Verdict> {
    let agreement = Agreement::on(subject, curve)?;
    let mut verdict = Verdict::pass();
    for (what, point) in make(curve)? {
        verdict = match agreement.ask(agreement.form, &point)? {
            Answer::Refused(error) if blames_the_device(&error) => {
                verdict.note(format!("{what} is refused as if the device had failed: {error}"))
            }
            Answer::Refused(_) => verdict,
            Answer::Done(_) => verdict.with_failure(
                Finding::new(format!("{what} is refused"), "CKR_OK and a secret")
                    .by("C_DeriveKey")
                    .remedy(
                        "none is needed with Parsec, which refuses such points before the token sees them; other \
                         applications have to check points: ask the vendor for a version that does",
                    ),
            ),
        };
    }
    Ok(verdict)
}

fn off_curve(curve: Curve) -> Result<Vec<NoKey>> {
    let point = peer(curve)?.public()?;
    let changed = |at: usize| {
        let mut changed = point.clone();
        if let Some(byte) = changed.get_mut(at) {
            *byte ^= 1;
        }
        changed
    };
    let mut ones = vec![0xff; curve.public_len()];
    if let Some(first) = ones.first_mut() {
        *first = 0x04;
    }
    let mut points = vec![
        ("a point with a bit of y changed", changed(point.len() - 1)),
        (
            "a point with a bit of x changed",
            changed(curve.field_len()),
        ),
        ("a point with coordinates outside the field", ones),
    ];
    // With a bit changed, some are on the curve again.
    points.retain(|(_, point)| !judge::accepts(curve, point));
    Ok(points)
}

fn infinity(curve: Curve) -> Result<Vec<NoKey>> {
    let mut zeros = vec![0; curve.public_len()];
    if let Some(first) = zeros.first_mut() {
        *first = 0x04;
    }
    let mut points = vec![
        ("the point at infinity", vec![0]),
        ("the point (0, 0)", zeros),
    ];
    points.retain(|(_, point)| !judge::accepts(curve, point));
    Ok(points)
}

/// On a curve over a binary field the point with x = 0 has order 2.
fn small_subgroup(curve: Curve) -> Result<Vec<NoKey>> {
    let points = || -> std::result::Result<Vec<NoKey>, ErrorStack> {
        let group = judge::group(curve)?;
        let mut context = BigNumContext::new()?;
        let compressed = [&[0x02], vec![0; curve.field_len()].as_slice()].concat();
        let of_order_two = EcPoint::from_bytes(&group, &compressed, &mut context)?;
        // With an even key the first gives infinity, which has no secret; the sum always has one.
        let mut base = EcPoint::new(&group)?;
        base.mul_generator2(&group, &*BigNum::from_u32(1)?, &mut context)?;
        let mut sum = EcPoint::new(&group)?;
        sum.add(&group, &of_order_two, &base, &mut context)?;
        let form = PointConversionForm::UNCOMPRESSED;
        Ok(vec![
            (
                "a point of order 2",
                of_order_two.to_bytes(&group, form, &mut context)?,
            ),
            (
                "the base point plus a point of order 2",
                sum.to_bytes(&group, form, &mut context)?,
            ),
        ])
    };
    points().map_err(|source| {
        Error::new(
            ErrorKind::NotSupported,
            format!("OpenSSL, which judges, finds no point of order 2 on {curve}"),
        )
        .with_source(source)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_a_public_key() {
        let judged = |curve: &Curve| !curve.is_montgomery() && judge::has(*curve);
        for curve in Curve::ALL.iter().copied().filter(judged) {
            let mut made = [off_curve(curve).unwrap(), infinity(curve).unwrap()].concat();
            assert!(made.len() >= 4, "{curve}");
            if has_cofactor(curve) {
                made.extend(small_subgroup(curve).unwrap());
            }
            for (what, point) in made {
                assert!(!judge::accepts(curve, &point), "{curve} {what}");
            }
        }
    }
}
