//! Owns the names of curves in `CKA_EC_PARAMS`.
//!
//! Nothing here decodes: what a token may send is known for each curve, byte by byte, so hostile
//! input is compared with it. A lenient length or trailing bytes cannot pass.

use hex_literal::hex;

use super::{Curve, der};
use crate::error::{Error, ErrorKind, Result};

/// 1.3.6.1.4.1.11591.15.1, by which NSS names curve25519.
const NSS_CURVE25519: [u8; 11] = hex!("06092b06010401da470f01");

impl Curve {
    /// The value of `CKA_EC_PARAMS`: the DER OBJECT IDENTIFIER that names the curve.
    ///
    /// PKCS#11 3.0, section 2.3.3; `namedCurve` of RFC 5480, section 2.1.1; RFC 8410, section 3.
    pub fn ec_params(self) -> Vec<u8> {
        self.oid_der().to_vec()
    }

    /// Every value of `CKA_EC_PARAMS` that names the curve, in the order in which to try them on a
    /// token: [`Self::ec_params`], then its names as a PrintableString (`curveName` of PKCS#11 3.0,
    /// section 2.3.3), then what single tokens want.
    pub fn ec_params_forms(self) -> Vec<Vec<u8>> {
        let mut forms = vec![self.ec_params()];
        let names = [self.name()].into_iter().chain(self.x962_name());
        forms.extend(names.map(|name| der::encode(der::PRINTABLE_STRING, name.as_bytes())));
        if self == Self::Curve25519 {
            forms.push(NSS_CURVE25519.to_vec());
        }
        forms
    }

    /// The curve that a `CKA_EC_PARAMS` names.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotSupported`] for everything that is not exactly one of
    /// [`Self::ec_params_forms`]: unknown curves, explicit parameters, trailing bytes.
    pub fn from_ec_params(der: &[u8]) -> Result<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|curve| curve.ec_params_forms().iter().any(|form| form == der))
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::NotSupported,
                    format!(
                        "CKA_EC_PARAMS of {} bytes does not name a supported curve",
                        der.len()
                    ),
                )
            })
    }

    /// The name that ANSI X9.62 has for a curve of SEC 2.
    fn x962_name(self) -> Option<&'static str> {
        match self {
            Self::Secp192r1 => Some("prime192v1"),
            Self::Secp256r1 => Some("prime256v1"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use picky_asn1::wrapper::{ObjectIdentifierAsn1, PrintableStringAsn1};
    use proptest::prelude::*;

    use super::*;

    fn identifier(der: &[u8]) -> String {
        let decoded: ObjectIdentifierAsn1 = picky_asn1_der::from_bytes(der).unwrap();
        (&decoded.0).into()
    }

    /// Those that OpenSSL does not have, and one that it has; tests/ec_openssl checks the others.
    #[test]
    fn names_the_curve_by_its_identifier() {
        for (curve, expected) in [
            (Curve::Secp256r1, "1.2.840.10045.3.1.7"),
            (Curve::Frp256v1, "1.2.250.1.223.101.256.1"),
            (Curve::Curve25519, "1.3.101.110"),
            (Curve::Curve448, "1.3.101.111"),
        ] {
            assert_eq!(identifier(&curve.ec_params()), expected);
        }
        assert_eq!(identifier(&NSS_CURVE25519), "1.3.6.1.4.1.11591.15.1");
    }

    #[test]
    fn every_form_names_one_curve() {
        for curve in Curve::ALL.iter().copied() {
            let forms = curve.ec_params_forms();
            assert_eq!(forms[0], curve.ec_params());
            let name: PrintableStringAsn1 = picky_asn1_der::from_bytes(&forms[1]).unwrap();
            assert_eq!(name.0.as_utf8(), curve.name());
            for form in forms {
                assert_eq!(Curve::from_ec_params(&form).unwrap(), curve);
            }
        }
        let count = |curve: Curve| curve.ec_params_forms().len();
        assert_eq!(count(Curve::Secp384r1), 2);
        assert_eq!(count(Curve::Secp256r1), 3);
        assert_eq!(count(Curve::Curve25519), 3);
        assert_eq!(count(Curve::Curve448), 2);
        assert_eq!(
            Curve::from_ec_params(b"\x13\x0aprime256v1").unwrap(),
            Curve::Secp256r1
        );
    }

    #[test]
    fn takes_the_exact_der_only() {
        let der = Curve::Secp256r1.ec_params();
        let mut trailing = der.clone();
        trailing.push(0);
        let long_form = [&[0x06, 0x81, 0x08], &der[2..]].concat();
        let explicit = [0x30, 0x03, 0x02, 0x01, 0x01];
        let secp256k1_in_another_type = [0x0d, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a];
        let ed25519 = [0x06, 0x03, 0x2b, 0x65, 0x70];
        for wrong in [
            &[][..],
            &[0x05, 0x00],
            &[0x06],
            &[0x06, 0x08],
            &der[..der.len() - 1],
            &der[2..],
            &trailing,
            &long_form,
            b"\x13\x09prime256v1",
            b"\x13\x0aPRIME256V1",
            b"\x0c\x0aprime256v1",
            b"\x13\x0acurve25519\0",
            b"\x13\x0cedwards25519",
            &explicit,
            &secp256k1_in_another_type,
            &ed25519,
        ] {
            let error = Curve::from_ec_params(wrong).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotSupported, "{wrong:02x?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_name_a_curve_or_nothing(der in prop::collection::vec(any::<u8>(), 0..16)) {
            if let Ok(curve) = Curve::from_ec_params(&der) {
                prop_assert!(curve.ec_params_forms().contains(&der));
            }
        }
    }
}
