//! Owns private keys: a scalar in its wire form and in that of `CKA_VALUE`, checked once.

use std::fmt;

use zeroize::Zeroizing;

use super::{Curve, PublicKey, integer, software};
use crate::error::{Error, ErrorKind, Result};

/// A private key: a scalar d with 1 <= d < n; on a Montgomery curve any bytes, of which RFC 7748 makes
/// a scalar at each use. It is overwritten when dropped.
///
/// Wire form: d big-endian in [`Curve::private_len`] bytes, nothing else. SEC 1 version 2.0,
/// section 3.2.1; PSA Crypto API 1.1, `psa_export_key`. Montgomery: little-endian in
/// [`Curve::private_len`] bytes, not clamped: RFC 7748, section 5.
pub struct PrivateKey {
    curve: Curve,
    scalar: Zeroizing<Vec<u8>>,
}

impl PrivateKey {
    /// The private key in its wire form, as a Parsec client sends it; a leading zero byte may be missing
    /// where clients count so ([`Curve::is_private_len`]).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`] if the length is not that of the curve, and if the scalar is
    /// zero or not below the order.
    pub fn from_bytes(curve: Curve, bytes: &[u8]) -> Result<Self> {
        integer::fit(bytes, curve.private_len())
            .filter(|_| curve.is_private_len(bytes.len()))
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidArgument,
                    format!(
                        "a {curve} private key has {} bytes, not {}",
                        curve.private_len(),
                        bytes.len()
                    ),
                )
            })
            .and_then(|scalar| Self::from_fitted(curve, scalar))
    }

    /// The private key in a `CKA_VALUE`: big-endian, leading zeros missing or too many; of a Montgomery
    /// curve exactly the wire form.
    ///
    /// PKCS#11 3.0, section 2.3.4.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CorruptionDetected`] if the scalar is zero or not below the order, and if a
    /// Montgomery key has another length.
    pub fn from_value(curve: Curve, bytes: &[u8]) -> Result<Self> {
        let is_whole = !curve.is_montgomery() || bytes.len() == curve.private_len();
        let scalar = integer::fit(bytes, curve.private_len()).filter(|_| is_whole);
        let scalar = scalar.ok_or_else(|| {
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

    /// A new private key from the system's random number generator.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InsufficientEntropy`] if the system gives no random bytes.
    pub fn random(curve: Curve) -> Result<Self> {
        let surplus_bits = curve.order_len() * 8 - curve.order_bits();
        loop {
            let mut bytes = Zeroizing::new(vec![0; curve.order_len()]);
            getrandom::fill(&mut bytes)?;
            if curve.is_montgomery() {
                return Self::from_value(curve, &bytes);
            }
            if let Some(first) = bytes.first_mut() {
                *first &= 0xff >> surplus_bits;
            }
            // Zero and what is not below the group order are thrown away (FIPS 186-5, appendix A.2.2).
            if let Ok(key) = Self::from_value(curve, &bytes) {
                return Ok(key);
            }
        }
    }

    fn from_fitted(curve: Curve, scalar: Zeroizing<Vec<u8>>) -> Result<Self> {
        if !curve.is_montgomery() && !integer::is_in_range(&scalar, curve.order()) {
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

    /// The value of `CKA_VALUE`: big-endian and as long as the order, or the wire form of a Montgomery key.
    ///
    /// PKCS#11 3.0, current mechanisms, sections 2.3.4 and 2.3.8. The wire form of some curves is longer than
    /// their order, and tokens are known that refuse a zero too many.
    pub fn to_value(&self) -> &[u8] {
        let surplus = match self.curve.is_montgomery() {
            true => 0,
            false => self.scalar.len().saturating_sub(self.curve.order_len()),
        };
        self.scalar.get(surplus..).unwrap_or_default()
    }

    /// The public key d·G, computed in software.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotSupported`] if this build has no arithmetic for the curve
    /// ([`software::require`]).
    pub fn public_key(&self) -> Result<PublicKey> {
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

    fn weierstrass() -> impl Iterator<Item = Curve> {
        let weierstrass = |curve: &Curve| !curve.is_montgomery();
        Curve::ALL.iter().copied().filter(weierstrass)
    }

    fn montgomery() -> impl Iterator<Item = Curve> {
        Curve::ALL
            .iter()
            .copied()
            .filter(|curve| curve.is_montgomery())
    }

    /// The order plus or minus a little, in the wire form.
    fn near_order(curve: Curve, difference: i16) -> Vec<u8> {
        let padding = vec![0; curve.private_len() - curve.order_len()];
        let mut bytes = [&padding, curve.order()].concat();
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
        for curve in weierstrass() {
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
        for curve in weierstrass() {
            let valid = one(curve);
            assert_refused(curve, &[]);
            assert_eq!(
                PrivateKey::from_bytes(curve, &valid[1..]).is_ok(),
                [Curve::Secp224k1, Curve::Secp160r2].contains(&curve)
            );
            assert_refused(curve, &valid[2..]);
            assert_refused(curve, &[&[0], &valid[..]].concat());
            assert_refused(curve, &[&valid[..], &[0]].concat());
        }
    }

    #[test]
    fn value_may_lack_or_add_zeros() {
        for curve in weierstrass() {
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
        for curve in weierstrass().filter(|curve| software::require(*curve).is_ok()) {
            let key = |bytes: &[u8]| {
                let key = PrivateKey::from_bytes(curve, bytes).unwrap();
                key.public_key().unwrap()
            };
            let (one, minus_one) = (key(&one(curve)), key(&near_order(curve, -1)));
            let x_end = 1 + curve.field_len();
            assert_eq!(
                one.as_bytes()[..x_end],
                minus_one.as_bytes()[..x_end],
                "{curve}"
            );
            assert_ne!(one, minus_one, "{curve}");
            assert_eq!(
                PublicKey::from_bytes(curve, minus_one.as_bytes()).unwrap(),
                minus_one
            );
        }
    }

    /// Of a client that counts 224 and 160 bits.
    #[test]
    fn the_shorter_form_is_padded() {
        for (curve, len) in [(Curve::Secp224k1, 28), (Curve::Secp160r2, 20)] {
            let key = PrivateKey::from_bytes(curve, &vec![0xa5; len]).unwrap();
            assert_eq!(key.as_bytes(), [&[0], &vec![0xa5; len][..]].concat());
            assert_refused(curve, &vec![0; len]);
            assert_refused(curve, &vec![0xa5; len - 1]);
            assert_refused(curve, &vec![0xa5; len + 1]);
        }
    }

    #[test]
    fn a_montgomery_key_is_any_bytes_of_its_length() {
        for curve in montgomery() {
            let len = curve.private_len();
            for bytes in [vec![0; len], vec![0xff; len], vec![7; len]] {
                for key in [PrivateKey::from_bytes, PrivateKey::from_value] {
                    assert_eq!(key(curve, &bytes).unwrap().as_bytes(), bytes);
                }
            }
            for wrong in [vec![], vec![7; len - 1], vec![0; len + 1], vec![7; len + 1]] {
                assert_refused(curve, &wrong);
                assert_corrupt(curve, &wrong);
            }
        }
    }

    #[test]
    fn random_keys_differ_and_are_in_range() {
        for curve in Curve::ALL.iter().copied() {
            let [one, other] = [(); 2].map(|()| PrivateKey::random(curve).unwrap());
            assert_ne!(one.as_bytes(), other.as_bytes(), "{curve}");
            assert_eq!(one.as_bytes().len(), curve.private_len());
            PrivateKey::from_bytes(curve, one.as_bytes()).unwrap();
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
            at in 0..weierstrass().count(),
        ) {
            let curve = weierstrass().nth(at).unwrap();
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
