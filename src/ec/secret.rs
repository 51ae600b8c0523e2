//! Owns ECDH secrets: as long as a coordinate, whatever length the token gave them.

use std::fmt;

use zeroize::Zeroizing;

use super::{Curve, integer};
use crate::error::{Error, ErrorKind, Result};

/// An ECDH shared secret: the x coordinate of d·Q, on a Montgomery curve its u coordinate. It is
/// overwritten when dropped.
///
/// Wire form: big-endian, [`Curve::field_len`] bytes. SEC 1 version 2.0, section 3.3.1; PSA Crypto
/// API 1.1, `psa_raw_key_agreement`. Montgomery: little-endian, as many bytes, not all zero. RFC 7748,
/// section 6.
pub struct SharedSecret {
    curve: Curve,
    x: Zeroizing<Vec<u8>>,
}

impl SharedSecret {
    /// The `CKA_VALUE` of a derived secret: leading zeros may be missing or too many; of a Montgomery
    /// curve exactly the wire form.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::CorruptionDetected`] if the value is empty or needs more than
    ///   [`Curve::field_len`] bytes, and if a Montgomery secret has another length.
    /// - [`ErrorKind::InvalidArgument`] for a Montgomery secret of zeros: the peer's point has a small
    ///   order, so that the secret is no secret.
    pub fn from_token(curve: Curve, bytes: &[u8]) -> Result<Self> {
        let x = match bytes {
            [] => None,
            bytes if curve.is_montgomery() && bytes.len() != curve.field_len() => None,
            bytes => integer::fit(bytes, curve.field_len()),
        };
        let x = x.ok_or_else(|| {
            Error::new(
                ErrorKind::CorruptionDetected,
                format!(
                    "the token's secret of {} bytes is not one of {curve}, {} bytes",
                    bytes.len(),
                    curve.field_len()
                ),
            )
        })?;
        // Every byte is read whatever the result.
        if curve.is_montgomery() && x.iter().fold(0, |any_bit, byte| any_bit | byte) == 0 {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("the peer's {curve} key has a small order: the secret would be zero"),
            ));
        }
        Ok(Self { curve, x })
    }

    /// The wire form: exactly [`Curve::field_len`] bytes.
    ///
    /// A copy of them is the caller's to overwrite.
    pub fn as_bytes(&self) -> &[u8] {
        &self.x
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedSecret")
            .field("curve", &self.curve)
            .finish_non_exhaustive()
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

    #[test]
    fn lost_zeros_come_back() {
        for curve in weierstrass() {
            let len = curve.field_len();
            let secret = |bytes: &[u8]| {
                SharedSecret::from_token(curve, bytes).map(|secret| secret.as_bytes().to_vec())
            };
            assert_eq!(secret(&vec![7; len]).unwrap(), vec![7; len]);
            for lost in 1..len {
                let expected = [vec![0; lost], vec![7; len - lost]].concat();
                assert_eq!(secret(&vec![7; len - lost]).unwrap(), expected, "{curve}");
            }
            for added in [1, 2, 100] {
                assert_eq!(
                    secret(&[vec![0; added], vec![7; len]].concat()).unwrap(),
                    vec![7; len]
                );
            }
        }
    }

    #[test]
    fn empty_or_too_long_is_corrupt() {
        for curve in weierstrass() {
            let len = curve.field_len();
            for wrong in [
                vec![],
                vec![7; len + 1],
                [vec![0, 1], vec![7; len]].concat(),
            ] {
                let error = SharedSecret::from_token(curve, &wrong).unwrap_err();
                assert_eq!(
                    error.kind(),
                    ErrorKind::CorruptionDetected,
                    "{curve} {}",
                    wrong.len()
                );
            }
        }
    }

    #[test]
    fn a_montgomery_secret_is_whole_and_not_zero() {
        for curve in Curve::ALL
            .iter()
            .copied()
            .filter(|curve| curve.is_montgomery())
        {
            let len = curve.field_len();
            let kind = |bytes: &[u8]| SharedSecret::from_token(curve, bytes).map_err(|e| e.kind());
            for secret in [vec![7; len], [vec![0; len - 1], vec![1]].concat()] {
                assert_eq!(kind(&secret).unwrap().as_bytes(), secret);
            }
            assert_eq!(kind(&vec![0; len]).err(), Some(ErrorKind::InvalidArgument));
            for wrong in [0, 1, len - 1, len + 1] {
                for byte in [0, 7] {
                    let error = kind(&vec![byte; wrong]).err();
                    assert_eq!(error, Some(ErrorKind::CorruptionDetected), "{wrong}");
                }
            }
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let secret = SharedSecret::from_token(Curve::Secp256r1, &[0x5a; 32]).unwrap();
        assert_eq!(
            format!("{secret:?}"),
            "SharedSecret { curve: secp256r1, .. }"
        );
    }

    proptest! {
        #[test]
        fn value_is_kept(
            bytes in prop::collection::vec(any::<u8>(), 1..100),
            at in 0..weierstrass().count(),
        ) {
            let curve = weierstrass().nth(at).unwrap();
            let significant = |bytes: &[u8]| -> Vec<u8> {
                bytes.iter().copied().skip_while(|byte| *byte == 0).collect()
            };
            match SharedSecret::from_token(curve, &bytes) {
                Ok(secret) => {
                    prop_assert_eq!(secret.as_bytes().len(), curve.field_len());
                    prop_assert_eq!(significant(secret.as_bytes()), significant(&bytes));
                }
                Err(_) => prop_assert!(significant(&bytes).len() > curve.field_len()),
            }
        }
    }
}
