//! Owns the table of curves: one row per curve, and every length is computed from it.

use std::fmt;

use hex_literal::hex;

/// A family of curves, as the PSA Crypto API 1.1 groups them (section 9.2.5, `PSA_ECC_FAMILY_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Family {
    /// `PSA_ECC_FAMILY_SECP_R1`: random curves over prime fields, SEC 2.
    SecpR1,
}

/// What the rest of `ec` knows about a curve.
#[derive(Debug)]
struct Row {
    /// The name that SEC 2 gives the curve.
    name: &'static str,
    family: Family,
    /// The key size that PSA names the curve by, in bits.
    bits: usize,
    /// The length of a coordinate, in bytes.
    field_len: usize,
    /// The order of the base point, big-endian, without leading zeros.
    order: &'static [u8],
    /// The DER OBJECT IDENTIFIER that names the curve in `CKA_EC_PARAMS`.
    ec_params: &'static [u8],
    /// Whether the PSA Crypto API says that new keys should not use the curve.
    deprecated: bool,
}

/// Makes the enum, the list of all curves and the lookup of a row out of one table.
macro_rules! curves {
    ($($(#[$doc:meta])* $curve:ident $row:tt)+) => {
        /// A named elliptic curve.
        ///
        /// Prints as the name of its parameters in SEC 2 version 2.0, for example `secp256r1`.
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Curve {
            $($(#[$doc])* $curve,)+
        }

        impl Curve {
            /// Every curve of the table, in its order.
            pub const ALL: &'static [Self] = &[$(Self::$curve,)+];

            const fn row(self) -> &'static Row {
                match self {
                    $(Self::$curve => &curves!(@row $row),)+
                }
            }
        }
    };
    (@row { $($field:ident: $value:expr,)+ }) => {
        Row { $($field: $value,)+ }
    };
}

curves! {
    /// NIST P-192: FIPS 186-4, section D.1.2.1.
    Secp192r1 {
        name: "secp192r1",
        family: Family::SecpR1,
        bits: 192,
        field_len: 24,
        order: &hex!("ffffffffffffffffffffffff 99def836146bc9b1b4d22831"),
        ec_params: &hex!("06082a8648ce3d030101"),
        deprecated: false,
    }
    /// NIST P-224: FIPS 186-4, section D.1.2.2.
    Secp224r1 {
        name: "secp224r1",
        family: Family::SecpR1,
        bits: 224,
        field_len: 28,
        order: &hex!("ffffffffffffffffffffffffffff 16a2e0b8f03e13dd29455c5c2a3d"),
        ec_params: &hex!("06052b81040021"),
        deprecated: false,
    }
    /// NIST P-256: FIPS 186-4, section D.1.2.3.
    Secp256r1 {
        name: "secp256r1",
        family: Family::SecpR1,
        bits: 256,
        field_len: 32,
        order: &hex!("ffffffff00000000ffffffffffffffff bce6faada7179e84f3b9cac2fc632551"),
        ec_params: &hex!("06082a8648ce3d030107"),
        deprecated: false,
    }
    /// NIST P-384: FIPS 186-4, section D.1.2.4.
    Secp384r1 {
        name: "secp384r1",
        family: Family::SecpR1,
        bits: 384,
        field_len: 48,
        order: &hex!(
            "ffffffffffffffffffffffffffffffffffffffffffffffff"
            "c7634d81f4372ddf581a0db248b0a77aecec196accc52973"
        ),
        ec_params: &hex!("06052b81040022"),
        deprecated: false,
    }
    /// NIST P-521: FIPS 186-4, section D.1.2.5.
    Secp521r1 {
        name: "secp521r1",
        family: Family::SecpR1,
        bits: 521,
        field_len: 66,
        order: &hex!(
            "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
            "fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
        ),
        ec_params: &hex!("06052b81040023"),
        deprecated: false,
    }
}

impl Curve {
    /// The name of the curve in SEC 2 version 2.0, for example `secp256r1`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The PSA family of the curve.
    pub fn family(self) -> Family {
        self.row().family
    }

    /// The size of a key in bits, as PSA counts it: with the family it names the curve.
    pub fn bits(self) -> usize {
        self.row().bits
    }

    /// The length of a coordinate and of an ECDH secret, in bytes.
    pub fn field_len(self) -> usize {
        self.row().field_len
    }

    /// The order n of the base point: big-endian, [`Self::order_len`] bytes.
    pub fn order(self) -> &'static [u8] {
        self.row().order
    }

    /// The length of the order, in bytes; an ECDSA signature is twice as long.
    pub fn order_len(self) -> usize {
        self.order().len()
    }

    /// The length of the order, in bits.
    pub fn order_bits(self) -> usize {
        let unused = self.order().first().map_or(0, |first| {
            (0..8).rev().take_while(|bit| first >> bit == 0).count()
        });
        self.order_len() * 8 - unused
    }

    /// The length of a public key in its wire form `04 || x || y`, in bytes.
    pub fn public_len(self) -> usize {
        1 + 2 * self.field_len()
    }

    /// The length of a private key in its wire form, ceil([`Self::bits`] / 8) bytes.
    pub fn private_len(self) -> usize {
        self.bits().div_ceil(8)
    }

    /// Whether PSA says that new keys should not use the curve (PSA Crypto API 1.1, section 9.2.5).
    pub fn deprecated(self) -> bool {
        self.row().deprecated
    }

    /// The curve of `family` whose keys have `bits` bits.
    pub fn from_family_bits(family: Family, bits: usize) -> Option<Self> {
        Self::only(|curve| curve.family() == family && curve.bits() == bits)
    }

    /// The curve of `family` whose public keys have `len` bytes; `None` if there is not exactly one.
    pub fn from_public_len(family: Family, len: usize) -> Option<Self> {
        Self::only(|curve| curve.family() == family && curve.public_len() == len)
    }

    /// The curve of `family` whose private keys have `len` bytes; `None` if there is not exactly one.
    pub fn from_private_len(family: Family, len: usize) -> Option<Self> {
        Self::only(|curve| curve.family() == family && curve.private_len() == len)
    }

    /// The DER OBJECT IDENTIFIER of the row, for `params`.
    pub(super) fn oid_der(self) -> &'static [u8] {
        self.row().ec_params
    }

    fn only(matches: impl Fn(Self) -> bool) -> Option<Self> {
        let mut found = Self::ALL.iter().copied().filter(|curve| matches(*curve));
        found.next().filter(|_| found.next().is_none())
    }
}

impl fmt::Debug for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_consistent() {
        for curve in Curve::ALL.iter().copied() {
            assert_ne!(curve.order()[0], 0, "{curve}");
            assert_eq!(curve.order()[curve.order_len() - 1] & 1, 1, "{curve}");
            assert_eq!(curve.order_len(), curve.order_bits().div_ceil(8), "{curve}");
            assert_eq!(
                Curve::from_family_bits(curve.family(), curve.bits()),
                Some(curve)
            );
            let same_name = Curve::ALL
                .iter()
                .filter(|other| other.name() == curve.name());
            assert_eq!(same_name.count(), 1, "{curve}");
        }
    }

    #[test]
    fn secp_r1_lengths() {
        let lengths = |curve: Curve| {
            (
                curve.bits(),
                curve.field_len(),
                curve.order_len(),
                curve.order_bits(),
                curve.public_len(),
                curve.private_len(),
            )
        };
        assert_eq!(lengths(Curve::Secp192r1), (192, 24, 24, 192, 49, 24));
        assert_eq!(lengths(Curve::Secp224r1), (224, 28, 28, 224, 57, 28));
        assert_eq!(lengths(Curve::Secp256r1), (256, 32, 32, 256, 65, 32));
        assert_eq!(lengths(Curve::Secp384r1), (384, 48, 48, 384, 97, 48));
        assert_eq!(lengths(Curve::Secp521r1), (521, 66, 66, 521, 133, 66));
    }

    #[test]
    fn lengths_name_the_curve() {
        for curve in Curve::ALL.iter().copied() {
            assert_eq!(
                Curve::from_public_len(curve.family(), curve.public_len()),
                Some(curve)
            );
            assert_eq!(
                Curve::from_private_len(curve.family(), curve.private_len()),
                Some(curve)
            );
        }
        for len in [0, 1, 48, 50, 64, 66, 132, 134, usize::MAX] {
            assert_eq!(Curve::from_public_len(Family::SecpR1, len), None, "{len}");
        }
        for len in [0, 1, 23, 25, 31, 33, 65, 67, usize::MAX] {
            assert_eq!(Curve::from_private_len(Family::SecpR1, len), None, "{len}");
        }
    }

    #[test]
    fn a_p521_public_key_is_not_528_bits() {
        let curve = Curve::from_public_len(Family::SecpR1, 133);
        assert_eq!(curve.map(Curve::bits), Some(521));
        assert_eq!(Curve::from_family_bits(Family::SecpR1, 528), None);
        assert_eq!(Curve::from_family_bits(Family::SecpR1, 512), None);
    }

    #[test]
    fn prints_its_name() {
        assert_eq!(
            format!("{} {:?}", Curve::Secp256r1, Curve::Secp521r1),
            "secp256r1 secp521r1"
        );
    }
}
