//! Owns the bytes that a sequence can send: key data, peers, digests, signatures. Most are right, or right but
//! for a byte.

use arbitrary::Arbitrary;
use parsec_pkcs11_ecc::check::judge::JudgeKey;
use parsec_pkcs11_ecc::ec::Curve;

use super::action::Key;
use super::judge;
use super::model::{Kind, Made, ModelKey};

/// The data of an import.
#[derive(Arbitrary, Debug)]
pub(super) enum KeyData {
    Right(u8),
    OtherHalf(u8),
    OtherCurve(u8, u8),
    Damaged(u8, Damage),
    Special(u8),
    Raw(Vec<u8>),
}

/// The peer of an agreement.
#[derive(Arbitrary, Debug)]
pub(super) enum PeerChoice {
    Right(u8),
    OtherCurve(u8, u8),
    Of(Key),
    Damaged(u8, Damage),
    Raw(Vec<u8>),
}

/// A digest or a message: few, so that signatures meet what they are over.
#[derive(Arbitrary, Debug, Clone, Copy)]
pub(super) struct DigestChoice {
    fill: u8,
    length: u8,
}

/// A signature to verify.
#[derive(Arbitrary, Debug)]
pub(super) enum SignatureChoice {
    /// One that the key made, over what it was made of.
    Own(u8),
    /// One that the key made, over whatever the action names.
    OwnMisused(u8),
    OwnDamaged(u8, Damage),
    /// One that OpenSSL makes with the same scalar.
    ByJudge,
    Special(u8),
    Raw(Vec<u8>),
}

/// A change of bytes.
#[derive(Arbitrary, Debug, Clone, Copy)]
pub(super) struct Damage {
    how: u8,
    place: u16,
    change: u8,
}

impl Damage {
    pub(super) fn apply(self, mut bytes: Vec<u8>) -> Vec<u8> {
        let place = usize::from(self.place) % bytes.len().max(1);
        match self.how % 4 {
            0 | 1 => {
                if let Some(byte) = bytes.get_mut(place) {
                    *byte ^= self.change;
                }
            }
            2 => bytes.truncate(place),
            _ => bytes.push(self.change),
        }
        bytes
    }
}

impl KeyData {
    pub(super) fn bytes(&self, curve: Curve, kind: Kind) -> Vec<u8> {
        let half = |curve: Curve, which: u8, kind: Kind| {
            let key = judge::fixed(curve, which);
            key.map_or_else(
                || vec![1; curve.private_len()],
                |key| match kind {
                    Kind::Pair => key.scalar,
                    Kind::Public => key.public,
                },
            )
        };
        match self {
            Self::Right(which) => half(curve, *which, kind),
            Self::OtherHalf(which) => match kind {
                Kind::Pair => half(curve, *which, Kind::Public),
                Kind::Public => half(curve, *which, Kind::Pair),
            },
            Self::OtherCurve(other, which) => half(any_curve(*other), *which, kind),
            Self::Damaged(which, damage) => damage.apply(half(curve, *which, kind)),
            Self::Special(which) => special(curve, *which),
            Self::Raw(bytes) => bytes.clone(),
        }
    }
}

impl PeerChoice {
    pub(super) fn bytes(
        &self,
        curve: Curve,
        public_of: impl Fn(Key) -> Option<Vec<u8>>,
    ) -> Vec<u8> {
        let public = |curve: Curve, which: u8| {
            judge::fixed(curve, which).map_or_else(Vec::new, |key| key.public)
        };
        match self {
            Self::Right(which) => public(curve, *which),
            Self::OtherCurve(other, which) => public(any_curve(*other), *which),
            Self::Of(key) => public_of(*key).unwrap_or_default(),
            Self::Damaged(which, damage) => damage.apply(public(curve, *which)),
            Self::Raw(bytes) => bytes.clone(),
        }
    }
}

impl DigestChoice {
    /// `expected` bytes, mostly.
    pub(super) fn digest(self, expected: Option<usize>) -> Vec<u8> {
        let length = match (expected, self.length) {
            (Some(expected), 0..=219) => expected,
            (_, length) => usize::from(length),
        };
        vec![self.fill; length]
    }

    pub(super) fn message(self) -> Vec<u8> {
        vec![self.fill; usize::from(self.length) * 3]
    }
}

impl SignatureChoice {
    /// The signature, and of which it is one if that is not for the action to say.
    pub(super) fn signature<'k>(
        &self,
        key: &'k ModelKey,
        digest: &[u8],
    ) -> (Vec<u8>, Option<&'k Made>) {
        let own = |which: u8| {
            let number = usize::from(which) % key.signatures.len().max(1);
            key.signatures.get(number)
        };
        let bytes = |made: Option<&Made>| {
            made.map_or_else(
                || vec![1; 2 * key.curve.order_len()],
                |made| made.signature.clone(),
            )
        };
        match self {
            Self::Own(which) => (bytes(own(*which)), own(*which)),
            Self::OwnMisused(which) => (bytes(own(*which)), None),
            Self::OwnDamaged(which, damage) => (damage.apply(bytes(own(*which))), own(*which)),
            Self::ByJudge => {
                let judge = key
                    .scalar
                    .as_ref()
                    .filter(|_| !digest.is_empty())
                    .and_then(|scalar| JudgeKey::from_scalar(key.curve, scalar).ok());
                let signature = judge.and_then(|judge| judge.sign(digest).ok());
                (signature.unwrap_or_default(), None)
            }
            Self::Special(which) => {
                let n = key.curve.order().to_vec();
                let zero = vec![0; n.len()];
                let one = [&zero[1..], &[1]].concat();
                let halves = [&zero, &one, &n];
                let pick = |number: u8| halves[usize::from(number) % 3].as_slice();
                ([pick(*which), pick(which / 3)].concat(), None)
            }
            Self::Raw(bytes) => (bytes.clone(), None),
        }
    }
}

fn any_curve(number: u8) -> Curve {
    Curve::ALL[usize::from(number) % Curve::ALL.len()]
}

/// Numbers around those that a private key may be, and encodings of points that are none.
fn special(curve: Curve, which: u8) -> Vec<u8> {
    let n = curve.order().to_vec();
    let number = |last: u8| {
        let mut bytes = vec![0; curve.private_len()];
        *bytes.last_mut().expect("a key has bytes") = last;
        bytes
    };
    let around = |change: u8, sum: bool| {
        let mut bytes = n.clone();
        let last = bytes.last_mut().expect("an order has bytes");
        *last = if sum {
            last.wrapping_add(change)
        } else {
            last.wrapping_sub(change)
        };
        [vec![0; curve.private_len() - n.len()], bytes].concat()
    };
    match which % 12 {
        0 => number(0),
        1 => number(1),
        2 => n.clone(),
        3 => around(1, false),
        4 => around(1, true),
        5 => vec![0xff; curve.private_len()],
        6 => vec![0; curve.public_len()],
        7 => vec![4; curve.public_len()],
        8 => vec![0],
        9 => vec![0xff; curve.public_len()],
        10 => {
            number(1)[curve.private_len() - curve.field_len().min(curve.private_len())..].to_vec()
        }
        _ => Vec::new(),
    }
}
