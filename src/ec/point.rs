//! Owns public keys: a point in its wire form and in that of `CKA_EC_POINT`, checked once.

use std::fmt;

use super::{Curve, der, software};
use crate::error::{Error, ErrorKind, Result};

/// The first byte of an uncompressed point: SEC 1 version 2.0, section 2.3.3.
const UNCOMPRESSED: u8 = 0x04;

/// A public key: a point that is on its curve, in the group of the base point, and is not the point at
/// infinity; on a Montgomery curve any u coordinate, as RFC 7748 wants it.
///
/// Wire form: `04 || x || y`, each coordinate big-endian and [`Curve::field_len`] bytes. SEC 1
/// version 2.0, section 2.3.3 (uncompressed); PSA Crypto API 1.1, `psa_export_public_key`. Montgomery:
/// u little-endian in [`Curve::field_len`] bytes, kept as given: RFC 7748, section 5.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    curve: Curve,
    bytes: Vec<u8>,
}

impl PublicKey {
    /// The public key in its wire form, as a Parsec client sends it.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::InvalidArgument`] if the length is not that of the curve, for a compressed or
    ///   hybrid point, for coordinates outside the field, for a point that is not on the curve or, with
    ///   a cofactor above 1, outside the group of the base point.
    /// - [`ErrorKind::NotSupported`] if this build cannot check points of the curve
    ///   ([`software::require`]).
    pub fn from_bytes(curve: Curve, bytes: &[u8]) -> Result<Self> {
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
        if !curve.is_montgomery() {
            check_uncompressed(curve, bytes)?;
            software::check_point(curve, bytes)?;
        }
        Ok(Self::from_checked(curve, bytes))
    }

    /// The public key in a `CKA_EC_POINT`: a DER OCTET STRING of the wire form, or the wire form; for a
    /// Montgomery curve also a DER BIT STRING of it.
    ///
    /// Which of them it is follows from the length alone, for a raw point can begin like DER. PKCS#11
    /// 3.0, section 2.3.3.
    ///
    /// Where this build cannot check points of the curve ([`software::require`]), only the form is
    /// checked: the token made the point, and exporting it must work.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CorruptionDetected`] if the bytes have none of these lengths, if the DER around the
    /// point is not exact, and if the point is not one that [`Self::from_bytes`] takes.
    pub fn from_ec_point(curve: Curve, bytes: &[u8]) -> Result<Self> {
        let Some(point) = raw_point(curve, bytes) else {
            return Err(Error::new(
                ErrorKind::CorruptionDetected,
                format!(
                    "the token's CKA_EC_POINT of {} bytes is neither a {curve} point nor its DER",
                    bytes.len()
                ),
            ));
        };
        let key = match software::require(curve) {
            Ok(()) => Self::from_bytes(curve, point),
            Err(_) => check_uncompressed(curve, point).map(|()| Self::from_checked(curve, point)),
        };
        key.map_err(|error| {
            error
                .context("the token's CKA_EC_POINT is wrong")
                .with_kind(ErrorKind::CorruptionDetected)
        })
    }

    /// A key that `software` computed or checked.
    pub(super) fn from_checked(curve: Curve, bytes: &[u8]) -> Self {
        Self {
            curve,
            bytes: bytes.to_vec(),
        }
    }

    /// The curve of the point.
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The wire form: [`Curve::public_len`] bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the wire form begins like a DER OCTET STRING of its own length, as that of one key in
    /// 256 does: a token that tries DER first would take it for one.
    pub fn resembles_der(&self) -> bool {
        // A header is 2 bytes long for content of up to 127 bytes, and 3 for more.
        [2, 3].into_iter().any(|header_len| {
            let header = der::header(der::OCTET_STRING, self.bytes.len() - header_len);
            header.len() == header_len && self.bytes.starts_with(&header)
        })
    }

    /// The value of `CKA_EC_POINT`: a DER OCTET STRING of the wire form.
    pub fn to_ec_point(&self) -> Vec<u8> {
        der::encode(der::OCTET_STRING, &self.bytes)
    }

    /// Every value of `CKA_EC_POINT` that is this point, in the order in which to try them on a token:
    /// [`Self::to_ec_point`] and the wire form; for a Montgomery curve the wire form, as PKCS#11 3.1 has it,
    /// a DER OCTET STRING and a DER BIT STRING of it.
    pub fn ec_point_forms(&self) -> Vec<Vec<u8>> {
        let (der, raw) = (self.to_ec_point(), self.bytes.clone());
        if !self.curve.is_montgomery() {
            return vec![der, raw];
        }
        let content = [&[NO_UNUSED_BITS], self.bytes.as_slice()].concat();
        vec![raw, der, der::encode(der::BIT_STRING, &content)]
    }
}

/// The first byte of a BIT STRING's content.
const NO_UNUSED_BITS: u8 = 0;

/// The wire form in a `CKA_EC_POINT`.
fn raw_point(curve: Curve, bytes: &[u8]) -> Option<&[u8]> {
    let len = curve.public_len();
    if bytes.len() == len {
        return Some(bytes);
    }
    let octet_string = der::header(der::OCTET_STRING, len);
    let mut bit_string = der::header(der::BIT_STRING, 1 + len);
    bit_string.push(NO_UNUSED_BITS);
    bytes
        .strip_prefix(octet_string.as_slice())
        .or_else(|| {
            bytes
                .strip_prefix(bit_string.as_slice())
                .filter(|_| curve.is_montgomery())
        })
        .filter(|point| point.len() == len)
}

fn check_uncompressed(curve: Curve, point: &[u8]) -> Result<()> {
    if curve.is_montgomery() || point.first() == Some(&UNCOMPRESSED) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidArgument,
        format!("the public key is not an uncompressed point on {curve}"),
    ))
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey")
            .field("curve", &self.curve)
            .field("bytes", &hex::encode(&self.bytes))
            .finish()
    }
}

#[cfg(test)]
mod tests;
