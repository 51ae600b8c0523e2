//! Owns the DER of a curve's name and of its points: `CKA_EC_PARAMS`, `CKA_EC_POINT`.
//!
//! Nothing here decodes: what a token may send is known for each curve, byte by byte, so hostile
//! input is compared with it. A lenient length or trailing bytes cannot pass.

use super::Curve;
use crate::error::{Error, ErrorKind, Result};

/// The DER tag of an OCTET STRING: X.690, section 8.7.
const OCTET_STRING: u8 = 0x04;

impl Curve {
    /// The value of `CKA_EC_PARAMS`: the DER OBJECT IDENTIFIER that names the curve.
    ///
    /// PKCS#11 3.0, section 2.3.3; `namedCurve` of RFC 5480, section 2.1.1.
    pub fn ec_params(self) -> Vec<u8> {
        self.oid_der().to_vec()
    }

    /// The curve that a `CKA_EC_PARAMS` names by its OBJECT IDENTIFIER.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotSupported`] for everything that is not exactly the DER of a known curve's
    /// identifier: unknown curves, explicit parameters, curve names, trailing bytes.
    pub fn from_ec_params(der: &[u8]) -> Result<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|curve| curve.oid_der() == der)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::NotSupported,
                    format!(
                        "CKA_EC_PARAMS of {} bytes is not the object identifier of a supported curve",
                        der.len()
                    ),
                )
            })
    }
}

/// Tag and length of a DER OCTET STRING with `len` bytes of content: X.690, sections 8.1.3 and 10.1.
pub(super) fn octet_string_header(len: usize) -> Vec<u8> {
    let mut header = vec![OCTET_STRING];
    header.extend(der_length(len));
    header
}

fn der_length(len: usize) -> Vec<u8> {
    let significant = |value: usize| -> Vec<u8> {
        let bytes = value.to_be_bytes();
        bytes.into_iter().skip_while(|byte| *byte == 0).collect()
    };
    let length = significant(len);
    match length.as_slice() {
        [] => vec![0],
        [short @ ..=0x7f] => vec![*short],
        long => {
            let mut octets = significant(0x80 | long.len());
            octets.extend(long);
            octets
        }
    }
}

#[cfg(test)]
mod tests {
    use picky_asn1::wrapper::{ObjectIdentifierAsn1, OctetStringAsn1};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_the_curve_by_its_identifier() {
        for (curve, identifier) in [
            (Curve::Secp192r1, "1.2.840.10045.3.1.1"),
            (Curve::Secp224r1, "1.3.132.0.33"),
            (Curve::Secp256r1, "1.2.840.10045.3.1.7"),
            (Curve::Secp384r1, "1.3.132.0.34"),
            (Curve::Secp521r1, "1.3.132.0.35"),
        ] {
            let decoded: ObjectIdentifierAsn1 =
                picky_asn1_der::from_bytes(&curve.ec_params()).unwrap();
            let decoded: String = (&decoded.0).into();
            assert_eq!(decoded, identifier);
            assert_eq!(Curve::from_ec_params(&curve.ec_params()).unwrap(), curve);
        }
    }

    #[test]
    fn takes_the_exact_der_only() {
        let der = Curve::Secp256r1.ec_params();
        let mut trailing = der.clone();
        trailing.push(0);
        let long_form = [&[0x06, 0x81, 0x08], &der[2..]].concat();
        let printable = b"\x13\x0aprime256v1";
        let explicit = [0x30, 0x03, 0x02, 0x01, 0x01];
        let secp256k1 = [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a];
        for wrong in [
            &[][..],
            &[0x05, 0x00],
            &[0x06],
            &[0x06, 0x08],
            &der[..der.len() - 1],
            &der[2..],
            &trailing,
            &long_form,
            printable,
            &explicit,
            &secp256k1,
        ] {
            let error = Curve::from_ec_params(wrong).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotSupported, "{wrong:02x?}");
        }
    }

    #[test]
    fn length_octets_are_minimal() {
        for (len, expected) in [
            (0, &[0x00][..]),
            (1, &[0x01]),
            (0x7f, &[0x7f]),
            (0x80, &[0x81, 0x80]),
            (133, &[0x81, 0x85]),
            (0xff, &[0x81, 0xff]),
            (0x100, &[0x82, 0x01, 0x00]),
            (0x1_0000, &[0x83, 0x01, 0x00, 0x00]),
        ] {
            assert_eq!(der_length(len), expected, "{len}");
        }
    }

    proptest! {
        #[test]
        fn header_is_that_of_an_octet_string(content in prop::collection::vec(any::<u8>(), 0..600)) {
            let mut der = octet_string_header(content.len());
            der.extend(&content);
            prop_assert_eq!(picky_asn1_der::to_vec(&OctetStringAsn1(content)).unwrap(), der);
        }

        #[test]
        fn any_bytes_name_a_curve_or_nothing(der in prop::collection::vec(any::<u8>(), 0..16)) {
            if let Ok(curve) = Curve::from_ec_params(&der) {
                prop_assert_eq!(curve.ec_params(), der);
            }
        }
    }
}
