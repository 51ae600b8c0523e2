//! Owns private keys: a scalar in its wire form and in that of `CKA_VALUE`, checked once.

use std::fmt;

use zeroize::Zeroizing;

use super::{Curve, PublicKey, integer, software};
use crate::error::{Error, ErrorKind, Result};

/// A private key: a scalar d with 1 <= d < n. It is overwritten when dropped.
///
/// Wire form: d big-endian in [`Curve::private_len`] bytes, nothing else. SEC 1 version 2.0,
/// section 3.2.1; PSA Crypto API 1.1, `psa_export_key`.
pub struct PrivateKey {
    curve: Curve,
    scalar: Zeroizing<Vec<u8>>,
}

impl PrivateKey {
    /// The private key in its wire form, as a Parsec client sends it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`] if the length is not that of the curve, and if the scalar is
    /// zero or not below the order.
    pub fn from_bytes(curve: Curve, bytes: &[u8]) -> Result<Self> {
        if bytes.len() != curve.private_len() {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!(
                    "a {curve} private key has {} bytes, not {}",
                    curve.private_len(),
                    bytes.len()
                ),
            ));
        }
        Self::from_fitted(curve, Zeroizing::new(bytes.to_vec()))
    }

    /// The private key in a `CKA_VALUE`: big-endian, leading zeros missing or too many.
    ///
    /// PKCS#11 3.0, section 2.3.4.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CorruptionDetected`] if the scalar is zero or not below the order.
    pub fn from_value(curve: Curve, bytes: &[u8]) -> Result<Self> {
        let scalar = integer::fit(bytes, curve.private_len()).ok_or_else(|| {
            Error::new(
                ErrorKind::CorruptionDetected,
                format!(
                    "the token's CKA_VALUE of {} bytes does not fit a {curve} private key",
                    bytes.len()
                ),
            )
        })?;
        Self::from_fitted(curve, scalar).map_err(|error| {
            error
                .context("the token's CKA_VALUE is wrong")
                .with_kind(ErrorKind::CorruptionDetected)
        })
    }

    fn from_fitted(curve: Curve, scalar: Zeroizing<Vec<u8>>) -> Result<Self> {
        if !integer::is_in_range(&scalar, curve.order()) {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("the private key is zero or not below the order of {curve}"),
            ));
        }
        Ok(Self { curve, scalar })
    }

    /// The curve of the key.
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The wire form: exactly [`Curve::private_len`] bytes.
    ///
    /// A copy of them is the caller's to overwrite.
    pub fn as_bytes(&self) -> &[u8] {
        &self.scalar
    }

    /// The public key d·G, computed in software.
    pub fn public_key(&self) -> PublicKey {
        software::public_key(self)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("curve", &self.curve)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The order plus or minus a little.
    fn near_order(curve: Curve, difference: i16) -> Vec<u8> {
        let mut bytes = curve.order().to_vec();
        let low = i16::from(*bytes.last().unwrap()) + difference;
        *bytes.last_mut().unwrap() = u8::try_from(low).unwrap();
        bytes
    }

    fn one(curve: Curve) -> Vec<u8> {
        let mut bytes = vec![0; curve.private_len()];
        *bytes.last_mut().unwrap() = 1;
        bytes
    }

    fn assert_refused(curve: Curve, bytes: &[u8]) {
        let error = PrivateKey::from_bytes(curve, bytes).unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::InvalidArgument,
            "{curve} {bytes:02x?}"
        );
    }

    fn assert_corrupt(curve: Curve, bytes: &[u8]) {
        let error = PrivateKey::from_value(curve, bytes).unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::CorruptionDetected,
            "{curve} {bytes:02x?}"
        );
    }

    #[test]
    fn range_is_one_to_order_minus_one() {
        for curve in Curve::ALL.iter().copied() {
            for valid in [one(curve), near_order(curve, -1)] {
                let key = PrivateKey::from_bytes(curve, &valid).unwrap();
                assert_eq!(key.as_bytes(), valid);
                assert_eq!(key.curve(), curve);
                assert_eq!(
                    PrivateKey::from_value(curve, &valid).unwrap().as_bytes(),
                    valid
                );
            }
            let len = curve.private_len();
            for invalid in [
                vec![0; len],
                near_order(curve, 0),
                near_order(curve, 1),
                vec![0xff; len],
            ] {
                assert_refused(curve, &invalid);
                assert_corrupt(curve, &invalid);
            }
        }
    }

    #[test]
    fn wire_form_has_one_length() {
        for curve in Curve::ALL.iter().copied() {
            let valid = one(curve);
            assert_refused(curve, &[]);
            assert_refused(curve, &valid[1..]);
            assert_refused(curve, &[&[0], &valid[..]].concat());
            assert_refused(curve, &[&valid[..], &[0]].concat());
        }
    }

    #[test]
    fn value_may_lack_or_add_zeros() {
        for curve in Curve::ALL.iter().copied() {
            let valid = one(curve);
            for value in [
                &[1][..],
                &[0, 1],
                &valid[1..],
                &[&[0], &valid[..]].concat(),
                &[&[0; 100], &valid[..]].concat(),
            ] {
                let key = PrivateKey::from_value(curve, value).unwrap();
                assert_eq!(key.as_bytes(), valid, "{curve} {value:02x?}");
            }
            assert_corrupt(curve, &[]);
            assert_corrupt(curve, &[0]);
            assert_corrupt(curve, &[&[1], &valid[..]].concat());
            assert_corrupt(curve, &[&[0, 1, 0], &valid[..]].concat());
        }
    }

    #[test]
    fn opposite_scalars_have_opposite_points() {
        for curve in Curve::ALL.iter().copied() {
            let key = |bytes: &[u8]| PrivateKey::from_bytes(curve, bytes).unwrap().public_key();
            let (one, minus_one) = (key(&one(curve)), key(&near_order(curve, -1)));
            let x_end = 1 + curve.field_len();
            assert_eq!(
                one.as_bytes()[..x_end],
                minus_one.as_bytes()[..x_end],
                "{curve}"
            );
            assert_ne!(one, minus_one, "{curve}");
            assert_eq!(
                PublicKey::from_sec1(curve, minus_one.as_bytes()).unwrap(),
                minus_one
            );
        }
    }

    #[test]
    fn neither_debug_nor_errors_show_the_scalar() {
        let curve = Curve::Secp256r1;
        let key = PrivateKey::from_bytes(curve, &[0x5a; 32]).unwrap();
        assert_eq!(format!("{key:?}"), "PrivateKey { curve: secp256r1, .. }");
        let too_large = [[0xff; 31].as_slice(), &[0x5a]].concat();
        let error = PrivateKey::from_value(curve, &too_large).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the token's CKA_VALUE is wrong: \
             the private key is zero or not below the order of secp256r1"
        );
    }

    proptest! {
        #[test]
        fn value_ignores_leading_zeros(
            significant in prop::collection::vec(any::<u8>(), 1..80),
            zeros in 0_usize..80,
            at in 0..Curve::ALL.len(),
        ) {
            let curve = Curve::ALL[at];
            let padded = [vec![0; zeros], significant.clone()].concat();
            let (plain, padded) = (
                PrivateKey::from_value(curve, &significant).map(|key| key.as_bytes().to_vec()),
                PrivateKey::from_value(curve, &padded).map(|key| key.as_bytes().to_vec()),
            );
            prop_assert_eq!(plain.as_ref().ok(), padded.as_ref().ok());
            if let Ok(bytes) = plain {
                prop_assert_eq!(bytes.len(), curve.private_len());
                prop_assert!(PrivateKey::from_bytes(curve, &bytes).is_ok());
            }
        }
    }
}
