//! Owns what a curve is: its family, its sizes, and how they name it.

mod table;

use std::fmt;

pub use table::Curve;

/// A family of curves, as the PSA Crypto API 1.1 groups them (section 9.2.5, `PSA_ECC_FAMILY_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Family {
    /// `PSA_ECC_FAMILY_SECP_R1`: random curves over prime fields, SEC 2.
    SecpR1,
    /// `PSA_ECC_FAMILY_SECP_K1`: Koblitz curves over prime fields, SEC 2.
    SecpK1,
    /// `PSA_ECC_FAMILY_SECP_R2`: the second random curve over a prime field, SEC 2 version 1.0.
    SecpR2,
    /// `PSA_ECC_FAMILY_BRAINPOOL_P_R1`: random curves over prime fields, RFC 5639.
    BrainpoolPR1,
    /// `PSA_ECC_FAMILY_SECT_K1`: Koblitz curves over binary fields, SEC 2.
    SectK1,
    /// `PSA_ECC_FAMILY_SECT_R1`: random curves over binary fields, SEC 2.
    SectR1,
    /// `PSA_ECC_FAMILY_SECT_R2`: the second random curve over a binary field, SEC 2.
    SectR2,
    /// `PSA_ECC_FAMILY_FRP`: the curve of the French ANSSI.
    Frp,
    /// `PSA_ECC_FAMILY_MONTGOMERY`: the curves of RFC 7748, for key agreement only.
    Montgomery,
}

impl Curve {
    /// The name that the curve's authors gave it, for example `secp256r1`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The curve with this [name](Self::name).
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|curve| curve.name() == name)
    }

    /// The PSA family of the curve.
    pub fn family(self) -> Family {
        self.row().family
    }

    /// Whether the curve is one of RFC 7748: keys and secrets are then little-endian byte strings, and
    /// there are no signatures. All other curves are in Weierstrass form.
    pub fn is_montgomery(self) -> bool {
        self.family() == Family::Montgomery
    }

    /// The size of a key in bits, as the PSA Crypto API 1.1 counts it: with the family it names the
    /// curve.
    ///
    /// It is the size of the field, but for secp224k1, where PSA counts the 225 bits of the order.
    pub fn bits(self) -> usize {
        match self {
            Self::Secp224k1 => self.order_bits(),
            _ => self.row().field_bits,
        }
    }

    /// The length of a coordinate and of an ECDH secret, in bytes.
    pub fn field_len(self) -> usize {
        self.row().field_bits.div_ceil(8)
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

    /// The length of a public key in its wire form, in bytes: that of `04 || x || y`, on a Montgomery
    /// curve that of a coordinate.
    pub fn public_len(self) -> usize {
        match self.is_montgomery() {
            true => self.field_len(),
            false => 1 + 2 * self.field_len(),
        }
    }

    /// The length of a private key in its wire form: ceil([`Self::bits`] / 8) bytes, or one more where
    /// the order needs it (secp160r2).
    pub fn private_len(self) -> usize {
        self.bits().div_ceil(8).max(self.order_len())
    }

    /// Whether a private key in the wire form may have `len` bytes: [`Self::private_len`], or
    /// [`Self::field_len`].
    ///
    /// The two differ for secp224k1 (29, 28) and secp160r2 (21, 20): a client that counts 224 and 160
    /// bits sends the shorter form, in which nearly all scalars have room.
    pub fn is_private_len(self, len: usize) -> bool {
        len == self.private_len() || len == self.field_len()
    }

    /// Whether PSA says that new keys should not use the curve (PSA Crypto API 1.1, section 9.2.5).
    pub fn deprecated(self) -> bool {
        matches!(
            self,
            Self::Secp160r2
                | Self::BrainpoolP160r1
                | Self::Sect163k1
                | Self::Sect163r1
                | Self::Sect163r2
        )
    }

    /// The curve of `family` whose keys have `bits` bits.
    ///
    /// secp224k1 answers to 225, the PSA Crypto API's count, and to 224, that of Mbed TLS.
    pub fn from_family_bits(family: Family, bits: usize) -> Option<Self> {
        Self::only(|curve| {
            curve.family() == family && (curve.bits() == bits || curve.row().field_bits == bits)
        })
    }

    /// The curve of `family` whose public keys have `len` bytes; `None` if there is not exactly one,
    /// as for sect233k1 and sect239k1.
    pub fn from_public_len(family: Family, len: usize) -> Option<Self> {
        Self::only(|curve| curve.family() == family && curve.public_len() == len)
    }

    /// The curve of `family` whose private keys may have `len` bytes; `None` if there is not exactly
    /// one, as for sect233k1 and sect239k1.
    pub fn from_private_len(family: Family, len: usize) -> Option<Self> {
        Self::only(|curve| curve.family() == family && curve.is_private_len(len))
    }

    /// The DER OBJECT IDENTIFIER of the row, for `params`.
    pub(super) fn oid_der(self) -> &'static [u8] {
        self.row().oid
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
        assert_eq!(Curve::ALL.len(), 31);
        for curve in Curve::ALL.iter().copied() {
            assert_ne!(curve.order()[0], 0, "{curve}");
            assert_eq!(curve.order()[curve.order_len() - 1] & 1, 1, "{curve}");
            assert_eq!(curve.order_len(), curve.order_bits().div_ceil(8), "{curve}");
            assert_eq!(
                Curve::from_family_bits(curve.family(), curve.bits()),
                Some(curve)
            );
            for other in Curve::ALL.iter().filter(|other| **other != curve) {
                assert_ne!(other.name(), curve.name());
                assert_ne!(other.order(), curve.order());
                assert_ne!(other.oid_der(), curve.oid_der());
            }
        }
    }

    #[test]
    fn lengths_of_odd_widths() {
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
        for (curve, expected) in [
            (Curve::Secp192r1, (192, 24, 24, 192, 49, 24)),
            (Curve::Secp256r1, (256, 32, 32, 256, 65, 32)),
            (Curve::Secp521r1, (521, 66, 66, 521, 133, 66)),
            (Curve::Secp224k1, (225, 28, 29, 225, 57, 29)),
            (Curve::Secp160r2, (160, 20, 21, 161, 41, 21)),
            (Curve::BrainpoolP512r1, (512, 64, 64, 512, 129, 64)),
            (Curve::Sect163k1, (163, 21, 21, 163, 43, 21)),
            (Curve::Sect163r1, (163, 21, 21, 162, 43, 21)),
            (Curve::Sect233k1, (233, 30, 29, 232, 61, 30)),
            (Curve::Sect239k1, (239, 30, 30, 238, 61, 30)),
            (Curve::Sect283k1, (283, 36, 36, 281, 73, 36)),
            (Curve::Sect409k1, (409, 52, 51, 407, 105, 52)),
            (Curve::Sect571r1, (571, 72, 72, 570, 145, 72)),
            (Curve::Frp256v1, (256, 32, 32, 256, 65, 32)),
            (Curve::Curve25519, (255, 32, 32, 253, 32, 32)),
            (Curve::Curve448, (448, 56, 56, 446, 56, 56)),
        ] {
            assert_eq!(lengths(curve), expected, "{curve}");
        }
    }

    #[test]
    fn lengths_name_the_curve() {
        for curve in Curve::ALL.iter().copied() {
            // Both have coordinates of 30 bytes.
            let expected = match curve {
                Curve::Sect233k1 | Curve::Sect239k1 => None,
                curve => Some(curve),
            };
            let family = curve.family();
            assert_eq!(
                Curve::from_public_len(family, curve.public_len()),
                expected,
                "{curve}"
            );
            for len in [curve.private_len(), curve.field_len()] {
                assert_eq!(Curve::from_private_len(family, len), expected, "{curve}");
            }
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
    fn secp224k1_has_two_sizes() {
        for bits in [224, 225] {
            assert_eq!(
                Curve::from_family_bits(Family::SecpK1, bits),
                Some(Curve::Secp224k1)
            );
        }
        assert_eq!(Curve::from_family_bits(Family::SecpR1, 225), None);
        assert_eq!(Curve::from_family_bits(Family::SecpR2, 161), None);
    }

    #[test]
    fn curves_of_160_and_163_bits_are_deprecated() {
        for curve in Curve::ALL.iter().copied() {
            assert_eq!(curve.deprecated(), curve.bits() < 192, "{curve}");
        }
    }

    #[test]
    fn prints_its_name() {
        assert_eq!(
            format!("{} {:?}", Curve::Secp256r1, Curve::Curve25519),
            "secp256r1 curve25519"
        );
    }
}
