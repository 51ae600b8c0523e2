//! Owns ECDH secrets: as long as a coordinate, whatever length the token gave them.

use std::fmt;

use zeroize::Zeroizing;

use super::{Curve, integer};
use crate::error::{Error, ErrorKind, Result};

/// An ECDH shared secret: the x coordinate of d·Q. It is overwritten when dropped.
///
/// Wire form: big-endian, [`Curve::field_len`] bytes. SEC 1 version 2.0, section 3.3.1; PSA Crypto
/// API 1.1, `psa_raw_key_agreement`.
pub struct SharedSecret {
    curve: Curve,
    x: Zeroizing<Vec<u8>>,
}

impl SharedSecret {
    /// The `CKA_VALUE` of a derived secret: leading zeros may be missing or too many.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CorruptionDetected`] if the value is empty or needs more than
    /// [`Curve::field_len`] bytes.
    pub fn from_token(curve: Curve, bytes: &[u8]) -> Result<Self> {
        let x = match bytes {
            [] => None,
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

    #[test]
    fn lost_zeros_come_back() {
        for curve in Curve::ALL.iter().copied() {
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
        for curve in Curve::ALL.iter().copied() {
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
            at in 0..Curve::ALL.len(),
        ) {
            let curve = Curve::ALL[at];
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
