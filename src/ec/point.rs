//! Owns public keys: a point in its wire form and in that of `CKA_EC_POINT`, checked once.

use std::fmt;

use super::params::octet_string_header;
use super::{Curve, software};
use crate::error::{Error, ErrorKind, Result};

/// A public key: a point that is on its curve and is not the point at infinity.
///
/// Wire form: `04 || x || y`, each coordinate big-endian and [`Curve::field_len`] bytes. SEC 1
/// version 2.0, section 2.3.3 (uncompressed); PSA Crypto API 1.1, `psa_export_public_key`.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    curve: Curve,
    sec1: Vec<u8>,
}

impl PublicKey {
    /// The public key in its wire form, as a Parsec client sends it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`] if the length is not that of the curve, for a compressed or
    /// hybrid point, for coordinates outside the field, and for a point that is not on the curve.
    pub fn from_sec1(curve: Curve, bytes: &[u8]) -> Result<Self> {
        if bytes.len() != curve.public_len() {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!(
                    "a {curve} public key has {} bytes, not {}",
                    curve.public_len(),
                    bytes.len()
                ),
            ));
        }
        if !software::is_on_curve(curve, bytes) {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("the public key is not an uncompressed point on {curve}"),
            ));
        }
        Ok(Self::from_checked(curve, bytes))
    }

    /// The public key in a `CKA_EC_POINT`: a DER OCTET STRING of the wire form, or the wire form.
    ///
    /// Which of the two it is follows from the length alone, for a raw point can begin like DER.
    /// PKCS#11 3.0, section 2.3.3.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CorruptionDetected`] if the bytes have neither length, if the DER around the
    /// point is not exact, and if the point is not on the curve.
    pub fn from_ec_point(curve: Curve, bytes: &[u8]) -> Result<Self> {
        let header = octet_string_header(curve.public_len());
        let sec1 = if bytes.len() == curve.public_len() {
            Some(bytes)
        } else {
            bytes.strip_prefix(header.as_slice())
        };
        let Some(sec1) = sec1 else {
            return Err(Error::new(
                ErrorKind::CorruptionDetected,
                format!(
                    "the token's CKA_EC_POINT of {} bytes is neither a {curve} point nor its DER",
                    bytes.len()
                ),
            ));
        };
        Self::from_sec1(curve, sec1).map_err(|error| {
            error
                .context("the token's CKA_EC_POINT is wrong")
                .with_kind(ErrorKind::CorruptionDetected)
        })
    }

    /// A key that `software` computed or checked.
    pub(super) fn from_checked(curve: Curve, sec1: &[u8]) -> Self {
        Self {
            curve,
            sec1: sec1.to_vec(),
        }
    }

    /// The curve of the point.
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The wire form `04 || x || y`: [`Curve::public_len`] bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.sec1
    }

    /// Whether the wire form begins like a DER OCTET STRING of its own length, as that of one key in
    /// 256 does: a token that tries DER first would take it for one.
    pub fn resembles_der(&self) -> bool {
        // A header is 2 bytes long for content of up to 127 bytes, and 3 for more.
        [2, 3].into_iter().any(|header_len| {
            let header = octet_string_header(self.sec1.len() - header_len);
            header.len() == header_len && self.sec1.starts_with(&header)
        })
    }

    /// The value of `CKA_EC_POINT`: a DER OCTET STRING of the wire form.
    pub fn to_ec_point(&self) -> Vec<u8> {
        let mut der = octet_string_header(self.sec1.len());
        der.extend(&self.sec1);
        der
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey")
            .field("curve", &self.curve)
            .field("sec1", &hex::encode(&self.sec1))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ec::PrivateKey;

    fn multiple_of_generator(curve: Curve, d: u16) -> PublicKey {
        PrivateKey::from_value(curve, &d.to_be_bytes())
            .unwrap()
            .public_key()
    }

    fn assert_refused(curve: Curve, bytes: &[u8]) {
        let error = PublicKey::from_sec1(curve, bytes).unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::InvalidArgument,
            "{curve} {bytes:02x?}"
        );
        let error = PublicKey::from_ec_point(curve, bytes).unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::CorruptionDetected,
            "{curve} {bytes:02x?}"
        );
    }

    #[test]
    fn a_point_that_begins_like_der_is_known_as_such() {
        for curve in Curve::ALL.iter().copied() {
            let first_of_x = match curve.public_len() {
                len @ ..130 => vec![len - 2],
                len => vec![0x81, len - 3],
            };
            let tries = if first_of_x.len() == 1 { 1000 } else { 10 };
            let seen: Vec<bool> = (1..=tries)
                .map(|d| {
                    let key = multiple_of_generator(curve, d);
                    let x = &key.as_bytes()[1..=first_of_x.len()];
                    let begins_so = x
                        .iter()
                        .map(|byte| usize::from(*byte))
                        .eq(first_of_x.clone());
                    assert_eq!(key.resembles_der(), begins_so, "{curve} {d}");
                    begins_so
                })
                .collect();
            // x of secp521r1 begins with 00 or 01, never with 81.
            assert_eq!(seen.contains(&true), curve != Curve::Secp521r1, "{curve}");
        }
    }

    #[test]
    fn both_forms_of_a_point() {
        for curve in Curve::ALL.iter().copied() {
            let key = multiple_of_generator(curve, 7);
            let der = key.to_ec_point();
            assert_eq!(key.as_bytes().len(), curve.public_len());
            assert_eq!(PublicKey::from_sec1(curve, key.as_bytes()).unwrap(), key);
            assert_eq!(
                PublicKey::from_ec_point(curve, key.as_bytes()).unwrap(),
                key
            );
            assert_eq!(PublicKey::from_ec_point(curve, &der).unwrap(), key);
            assert!(PublicKey::from_sec1(curve, &der).is_err(), "{curve}");
        }
        let der = |curve| multiple_of_generator(curve, 7).to_ec_point();
        assert!(der(Curve::Secp256r1).starts_with(&[0x04, 0x41, 0x04]));
        assert!(der(Curve::Secp521r1).starts_with(&[0x04, 0x81, 0x85, 0x04]));
    }

    /// Defect 2 of the peer: it took `04 || x || y` for DER if x began with a small enough byte.
    #[test]
    fn raw_points_that_look_like_der_are_raw() {
        for curve in Curve::ALL.iter().copied() {
            let mut looked_like_der = 0;
            for d in 1..=200 {
                let key = multiple_of_generator(curve, d);
                let claimed_len = usize::from(key.as_bytes()[1]);
                looked_like_der += usize::from(claimed_len <= curve.public_len() - 2);
                assert_eq!(
                    PublicKey::from_ec_point(curve, key.as_bytes()).unwrap(),
                    key
                );
            }
            assert!(looked_like_der > 10, "{curve}: {looked_like_der}");
        }
    }

    /// Defect 14 of the peer: it took points off the curve, too long ones, and all zeros.
    #[test]
    fn no_half_valid_points() {
        for curve in Curve::ALL.iter().copied() {
            let valid = multiple_of_generator(curve, 3).as_bytes().to_vec();
            let len = valid.len();
            let coordinates = &valid[1..];
            let with = |at: usize, bits: u8| {
                let mut changed = valid.clone();
                changed[at] ^= bits;
                changed
            };

            assert_refused(curve, &[]);
            assert_refused(curve, &[0x00]);
            assert_refused(curve, &[0x04]);
            assert_refused(curve, &vec![0; len]);
            assert_refused(curve, &[&[0x04][..], &vec![0; len - 1]].concat());
            assert_refused(curve, &[&[0x04][..], &vec![0xff; len - 1]].concat());
            assert_refused(curve, &valid[..len - 1]);
            assert_refused(curve, coordinates);
            assert_refused(curve, &[&valid[..], &[0]].concat());
            assert_refused(curve, &[&valid[..], &valid].concat());
            assert_refused(curve, &with(len - 1, 0x01));
            assert_refused(curve, &with(1, 0x01));
            for form in [0x00, 0x01, 0x02, 0x03, 0x05, 0x06, 0x07, 0x44, 0x84] {
                assert_refused(curve, &[&[form], coordinates].concat());
            }
            for form in [0x02, 0x03, 0x05] {
                assert_refused(
                    curve,
                    &[&[form], &coordinates[..curve.field_len()]].concat(),
                );
            }
        }
    }

    #[test]
    fn only_the_exact_der() {
        for curve in Curve::ALL.iter().copied() {
            let der = multiple_of_generator(curve, 3).to_ec_point();
            let raw = &der[der.len() - curve.public_len()..];
            let header = &der[..der.len() - raw.len()];
            let len = u8::try_from(raw.len()).unwrap();
            let length = header.len() - 1;
            let mut off_curve = der.clone();
            *off_curve.last_mut().unwrap() ^= 1;
            for wrong in [
                off_curve,
                [&der[..], &[0]].concat(),
                der[..der.len() - 1].to_vec(),
                [&[0x03], &der[1..]].concat(),
                [&[0x24], &der[1..]].concat(),
                [&[0x04, 0x82, 0x00, len], raw].concat(),
                [&[0x04, len - 1], raw].concat(),
                [&[0x04, len + 1], raw].concat(),
                [&[0x04, 0x80], raw, &[0, 0]].concat(),
                [&[0x03, len + 1, 0x00], raw].concat(),
                // tpm2-pkcs11 1.9 sends P-521 without the 0x81 of the long form.
                [&header[..1], &vec![len; 3 - length], raw].concat(),
            ] {
                let error = PublicKey::from_ec_point(curve, &wrong).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::CorruptionDetected, "{wrong:02x?}");
            }
        }
    }

    #[test]
    fn a_point_belongs_to_one_curve() {
        for curve in Curve::ALL.iter().copied() {
            for other in Curve::ALL.iter().copied().filter(|other| *other != curve) {
                assert_refused(other, multiple_of_generator(curve, 1).as_bytes());
            }
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let error = PublicKey::from_sec1(Curve::Secp256r1, &[4; 64]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a secp256r1 public key has 65 bytes, not 64"
        );
        let debug = format!("{:?}", multiple_of_generator(Curve::Secp192r1, 1));
        assert!(debug.starts_with("PublicKey { curve: secp192r1, sec1: \"04188da80eb03090f6"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn every_multiple_round_trips(d in 1_u16.., at in 0..Curve::ALL.len()) {
            let curve = Curve::ALL[at];
            let key = multiple_of_generator(curve, d);
            prop_assert_eq!(&PublicKey::from_sec1(curve, key.as_bytes()).unwrap(), &key);
            prop_assert_eq!(&PublicKey::from_ec_point(curve, key.as_bytes()).unwrap(), &key);
            prop_assert_eq!(&PublicKey::from_ec_point(curve, &key.to_ec_point()).unwrap(), &key);
        }
    }
}
