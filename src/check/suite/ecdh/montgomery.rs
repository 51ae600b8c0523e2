//! Owns the cases of Montgomery curves, on which every u coordinate is a public key.

use hex_literal::hex;

use super::derivation::{Agreement, Compared, peer};
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::subject::Subject;
use crate::check::suite::answer::Answer;
use crate::ec::Curve;
use crate::error::Result;

/// So many peers on the twist.
const PEERS: usize = 4;

pub(super) fn cases(curve: Curve) -> Vec<Case> {
    let twist = Case::new(
        format!("ecdh.{curve}.twist"),
        format!("a u coordinate of the twist of {curve} is refused, or gives the right secret"),
        "RFC 7748, section 5",
        move |subject| twist(subject, curve),
    );
    let small_order = Case::new(
        format!("ecdh.{curve}.small-order"),
        format!("a u coordinate of small order on {curve} is refused, or gives zeros"),
        "RFC 7748, section 6.1 and 6.2; PSA Crypto API 1.1, psa_raw_key_agreement",
        move |subject| small_order(subject, curve),
    );
    vec![
        twist.harmless_on(curve, Level::Full),
        small_order.harmless_on(curve, Level::Full),
    ]
}

/// Nobody but the token can compute with its key, so that its own secret with one point of the twist tells what
/// it has to be with multiples of that point.
fn twist(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let agreement = Agreement::on(subject, curve)?;
    let point = on_twist(curve);
    let own = match agreement.ask(agreement.form, &point)? {
        Answer::Done(own) => own,
        Answer::Refused(error) => {
            return Ok(Verdict::pass().note(format!("points of the twist are refused: {error}")));
        }
    };
    let mut verdict = Verdict::pass().note("points of the twist are accepted");
    for _ in 0..PEERS {
        let peer = peer(curve)?;
        let (multiple, right) = (peer.agree(&point)?, peer.agree(&own)?);
        match agreement.ask(agreement.form, &multiple)? {
            Answer::Done(secret) => {
                verdict = Compared::of(curve, &secret, &right).added(verdict, curve);
            }
            Answer::Refused(error) => {
                return Ok(verdict.with_failure(Finding::of(
                    "points of the twist are all accepted, or none",
                    &error,
                )));
            }
        }
    }
    Ok(verdict)
}

fn small_order(subject: &mut Subject, curve: Curve) -> Result<Verdict> {
    let agreement = Agreement::on(subject, curve)?;
    let mut zeros = 0;
    let points = of_small_order(curve);
    for point in &points {
        if let Answer::Done(secret) = agreement.ask(agreement.form, point)? {
            // Every byte is read whatever the result.
            if secret.iter().fold(0, |any, byte| any | byte) != 0 {
                return Ok(Verdict::fail(
                    Finding::new(
                        "a refusal, or a secret of zeros",
                        format!("another secret of {} bytes", secret.len()),
                    )
                    .by("C_DeriveKey"),
                ));
            }
            zeros += 1;
        }
    }
    Ok(match zeros {
        0 => Verdict::pass(),
        zeros => Verdict::warn(
            Finding::new(
                "a refusal of u coordinates of small order",
                format!("a secret of zeros with {zeros} of {} of them", points.len()),
            )
            .by("C_DeriveKey")
            .remedy(
                "none is needed with Parsec, which refuses such peers; other applications have to look for zeros",
            ),
        ),
    })
}

/// The smallest u that is the coordinate of no point of the curve, little-endian.
fn on_twist(curve: Curve) -> Vec<u8> {
    number(
        curve,
        match curve {
            Curve::Curve25519 => 2,
            _ => 6,
        },
    )
}

/// The u coordinates whose multiples by a private key are all zero.
fn of_small_order(curve: Curve) -> Vec<Vec<u8>> {
    let mut points = vec![number(curve, 0), number(curve, 1)];
    match curve {
        Curve::Curve25519 => points.extend([
            // p - 1
            hex!("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f").to_vec(),
            // Of order 8.
            hex!("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800").to_vec(),
            hex!("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157").to_vec(),
        ]),
        _ => {
            // p - 1
            let half = [&[0xfe][..], &[0xff; 27]].concat();
            points.push([half.as_slice(), &half].concat());
        }
    }
    points
}

fn number(curve: Curve, value: u8) -> Vec<u8> {
    let mut bytes = vec![0; curve.public_len()];
    if let Some(first) = bytes.first_mut() {
        *first = value;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use openssl::bn::{BigNum, BigNumContext};

    use super::*;
    use crate::check::judge::JudgeKey;

    #[test]
    fn openssl_agrees_with_none_of_small_order() {
        for curve in [Curve::Curve25519, Curve::Curve448] {
            let key = JudgeKey::generate(curve).unwrap();
            for point in of_small_order(curve) {
                assert_eq!(point.len(), curve.public_len());
                assert!(key.agree(&point).is_err(), "{curve} {}", hex::encode(point));
            }
        }
    }

    #[test]
    fn u_is_on_the_twist() {
        let curves = [(Curve::Curve25519, 486_662), (Curve::Curve448, 156_326)];
        for (curve, a) in curves {
            let mut p = BigNum::from_slice(&vec![0xff; curve.public_len()]).unwrap();
            match curve {
                Curve::Curve25519 => {
                    p.clear_bit(255).unwrap();
                    p.sub_word(18).unwrap();
                }
                _ => p.clear_bit(224).unwrap(),
            }
            let u = u32::from(on_twist(curve)[0]);
            // v^2 = u^3 + A u^2 + u has no solution: Euler's criterion.
            let square = BigNum::from_u32(u * u * u + a * u * u + u).unwrap();
            let mut exponent = BigNum::new().unwrap();
            exponent.rshift1(&p).unwrap();
            let mut power = BigNum::new().unwrap();
            let mut context = BigNumContext::new().unwrap();
            power.mod_exp(&square, &exponent, &p, &mut context).unwrap();
            power.add_word(1).unwrap();
            assert_eq!(power, p, "{curve}");
        }
    }
}
