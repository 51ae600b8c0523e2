//! Owns ECDSA signatures: r and s, each as long as the order, checked once.

use super::{Curve, integer};
use crate::error::{Error, ErrorKind, Result};

/// An ECDSA signature whose r and s are from 1 to n - 1.
///
/// Wire form: `r || s`, each big-endian and [`Curve::order_len`] bytes. PSA Crypto API 1.1,
/// `PSA_ALG_ECDSA`; PKCS#11 3.0, section 2.3.1. Both s and n - s are valid: FIPS 186-5, section 6.4.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    curve: Curve,
    r_s: Vec<u8>,
}

impl Signature {
    /// The signature in its wire form, as a Parsec client sends it.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::InvalidSignature`] if the length is not that of the curve, and if r or s is zero
    ///   or not below the order.
    /// - [`ErrorKind::InvalidArgument`] for a Montgomery curve: its keys only agree on secrets.
    pub fn from_bytes(curve: Curve, bytes: &[u8]) -> Result<Self> {
        if curve.is_montgomery() {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("there are no signatures on {curve}"),
            ));
        }
        if bytes.len() != 2 * curve.order_len() {
            return Err(Error::new(
                ErrorKind::InvalidSignature,
                format!(
                    "a {curve} signature has {} bytes, not {}",
                    2 * curve.order_len(),
                    bytes.len()
                ),
            ));
        }
        let (r, s) = bytes.split_at(curve.order_len());
        if [r, s]
            .into_iter()
            .any(|half| !integer::is_in_range(half, curve.order()))
        {
            return Err(Error::new(
                ErrorKind::InvalidSignature,
                format!("r or s is zero or not below the order of {curve}"),
            ));
        }
        Ok(Self {
            curve,
            r_s: bytes.to_vec(),
        })
    }

    /// What `C_Sign` returned: the wire form, or two shorter halves that lack leading zeros.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CorruptionDetected`] if the length is odd or too long, and if r or s is zero or
    /// not below the order.
    pub fn from_token(curve: Curve, bytes: &[u8]) -> Result<Self> {
        let half_len = bytes.len() / 2;
        let (r, s) = bytes.split_at(half_len);
        if r.len() != s.len() || half_len > curve.order_len() {
            return Err(Error::new(
                ErrorKind::CorruptionDetected,
                format!(
                    "the token's signature of {} bytes is not one of {curve}, {} bytes",
                    bytes.len(),
                    2 * curve.order_len()
                ),
            ));
        }
        let padding = vec![0; curve.order_len() - half_len];
        Self::from_bytes(curve, &[&padding, r, &padding, s].concat()).map_err(|error| {
            error
                .context("the token's signature is wrong")
                .with_kind(ErrorKind::CorruptionDetected)
        })
    }

    /// The curve of the key that signed.
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The wire form `r || s`: twice [`Curve::order_len`] bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.r_s
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn weierstrass() -> impl Iterator<Item = Curve> {
        let weierstrass = |curve: &Curve| !curve.is_montgomery();
        Curve::ALL.iter().copied().filter(weierstrass)
    }

    fn one(curve: Curve) -> Vec<u8> {
        let mut bytes = vec![0; curve.order_len()];
        *bytes.last_mut().unwrap() = 1;
        bytes
    }

    fn order_minus_one(curve: Curve) -> Vec<u8> {
        let mut bytes = curve.order().to_vec();
        *bytes.last_mut().unwrap() -= 1;
        bytes
    }

    fn valid_halves(curve: Curve) -> [Vec<u8>; 2] {
        [one(curve), order_minus_one(curve)]
    }

    #[test]
    fn r_and_s_are_in_range() {
        for curve in weierstrass() {
            let valid = valid_halves(curve);
            let len = curve.order_len();
            let invalid = [vec![0; len], curve.order().to_vec(), vec![0xff; len]];
            for valid in &valid {
                for other in &valid_halves(curve) {
                    let bytes = [valid.clone(), other.clone()].concat();
                    let signature = Signature::from_bytes(curve, &bytes).unwrap();
                    assert_eq!(signature.as_bytes(), bytes);
                    assert_eq!(signature.curve(), curve);
                    assert_eq!(Signature::from_token(curve, &bytes).unwrap(), signature);
                }
                for invalid in &invalid {
                    for halves in [
                        [valid.clone(), invalid.clone()],
                        [invalid.clone(), valid.clone()],
                    ] {
                        let bytes = halves.concat();
                        let error = Signature::from_bytes(curve, &bytes).unwrap_err();
                        assert_eq!(error.kind(), ErrorKind::InvalidSignature, "{curve}");
                        let error = Signature::from_token(curve, &bytes).unwrap_err();
                        assert_eq!(error.kind(), ErrorKind::CorruptionDetected, "{curve}");
                    }
                }
            }
        }
    }

    #[test]
    fn wire_form_has_one_length() {
        for curve in weierstrass() {
            let valid = valid_halves(curve).concat();
            let len = valid.len();
            for wrong in [
                vec![],
                valid[..len - 1].to_vec(),
                valid[..len - 2].to_vec(),
                valid[1..].to_vec(),
                [&valid[..], &[0]].concat(),
                [&[0, 0], &valid[..]].concat(),
                vec![0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01],
            ] {
                let error = Signature::from_bytes(curve, &wrong).unwrap_err();
                assert_eq!(
                    error.kind(),
                    ErrorKind::InvalidSignature,
                    "{curve} {}",
                    wrong.len()
                );
            }
        }
    }

    #[test]
    fn halves_that_lack_zeros_are_padded() {
        for curve in weierstrass() {
            let padding = curve.order_len() - 1;
            let expected = [vec![0; padding], vec![1], vec![0; padding], vec![2]].concat();
            for half_len in 1..=curve.order_len() {
                let half = |value| [vec![0; half_len - 1], vec![value]].concat();
                let signature = Signature::from_token(curve, &[half(1), half(2)].concat()).unwrap();
                assert_eq!(signature.as_bytes(), expected, "{curve} {half_len}");
            }
        }
    }

    #[test]
    fn odd_empty_or_too_long_is_corrupt() {
        for curve in weierstrass() {
            let len = 2 * curve.order_len();
            for wrong in [
                vec![],
                vec![1],
                vec![1; len - 1],
                vec![1; len + 1],
                vec![0; len + 2],
                vec![1; len + 2],
            ] {
                let error = Signature::from_token(curve, &wrong).unwrap_err();
                assert_eq!(
                    error.kind(),
                    ErrorKind::CorruptionDetected,
                    "{curve} {}",
                    wrong.len()
                );
            }
        }
    }

    proptest! {
        #[test]
        fn what_a_token_sent_is_a_wire_form(
            bytes in prop::collection::vec(any::<u8>(), 0..150),
            at in 0..weierstrass().count(),
        ) {
            let curve = weierstrass().nth(at).unwrap();
            if let Ok(signature) = Signature::from_token(curve, &bytes) {
                prop_assert_eq!(&Signature::from_bytes(curve, signature.as_bytes()).unwrap(), &signature);
                let (r, s) = signature.as_bytes().split_at(curve.order_len());
                let (token_r, token_s) = bytes.split_at(bytes.len() / 2);
                prop_assert!(r.ends_with(token_r) && s.ends_with(token_s));
            }
        }
    }
}
