//! Owns what ECDSA makes of a digest: its leftmost bytes for a token, its leftmost bits as a number.

use super::Curve;

/// The bytes of `digest` that ECDSA uses: the first [`Curve::order_len`], never shifted.
///
/// This is what a token is given; one that knows the order shifts by itself. FIPS 186-5,
/// section 6.4.1, step 2; PKCS#11 3.0, current mechanisms, section 2.3.12.
pub fn truncate_digest(curve: Curve, digest: &[u8]) -> &[u8] {
    digest.get(..curve.order_len()).unwrap_or(digest)
}

/// The leftmost [`Curve::order_bits`] bits of `digest` as a big-endian integer of
/// [`Curve::order_len`] bytes; a shorter digest is used whole. It may exceed the order.
pub(crate) fn leftmost_bits(curve: Curve, digest: &[u8]) -> Vec<u8> {
    let used = truncate_digest(curve, digest);
    let mut integer = vec![0; curve.order_len() - used.len()];
    integer.extend(used);
    let surplus = (8 * used.len()).saturating_sub(curve.order_bits());
    shift_right(&mut integer, surplus);
    integer
}

/// Shifts a big-endian integer by `bits`, 0 to 7.
fn shift_right(integer: &mut [u8], bits: usize) {
    let mut carry = 0;
    for byte in integer {
        let [high, low] = ((u16::from_be_bytes([*byte, 0])) >> bits).to_be_bytes();
        *byte = high | carry;
        carry = low;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn truncates_to_whole_bytes() {
        let digest: Vec<u8> = (0..128).collect();
        assert_eq!(truncate_digest(Curve::Secp192r1, &digest), &digest[..24]);
        assert_eq!(
            truncate_digest(Curve::Secp256r1, &digest[..32]),
            &digest[..32]
        );
        assert_eq!(
            truncate_digest(Curve::Secp256r1, &digest[..20]),
            &digest[..20]
        );
        assert_eq!(
            truncate_digest(Curve::Secp521r1, &digest[..64]),
            &digest[..64]
        );
        assert_eq!(truncate_digest(Curve::Secp521r1, &digest), &digest[..66]);
        assert!(truncate_digest(Curve::Secp521r1, &[]).is_empty());
    }

    #[test]
    fn orders_of_odd_widths_shift() {
        let ones = [0xff; 128];
        for (curve, first) in [
            (Curve::Secp384r1, 0xff),
            (Curve::Secp521r1, 0x01),
            (Curve::Secp224k1, 0x01),
            (Curve::Secp160r2, 0x01),
            (Curve::Sect163r1, 0x03),
            (Curve::Sect163k1, 0x07),
            (Curve::Sect233k1, 0xff),
            (Curve::Sect239k1, 0x3f),
            (Curve::Sect409k1, 0x7f),
            (Curve::Sect571r1, 0x03),
        ] {
            let len = curve.order_len();
            let expected = [vec![first], vec![0xff; len - 1]].concat();
            assert_eq!(leftmost_bits(curve, &ones), expected, "{curve}");
            assert_eq!(leftmost_bits(curve, &ones[..len]), expected, "{curve}");
            assert_eq!(
                leftmost_bits(curve, &ones[1..len]),
                [&[0], &ones[1..len]].concat(),
                "{curve}"
            );
        }
        assert_eq!(
            leftmost_bits(Curve::Secp192r1, &[7]),
            [vec![0; 23], vec![7]].concat()
        );
    }

    proptest! {
        #[test]
        fn shifts_as_an_integer(value in any::<u64>(), bits in 0_usize..8) {
            let mut integer = value.to_be_bytes();
            shift_right(&mut integer, bits);
            prop_assert_eq!(u64::from_be_bytes(integer), value >> bits);
        }

        #[test]
        fn truncation_is_idempotent(digest in prop::collection::vec(any::<u8>(), 0..200)) {
            for curve in Curve::ALL.iter().copied() {
                let truncated = truncate_digest(curve, &digest);
                prop_assert!(digest.starts_with(truncated));
                prop_assert_eq!(truncated.len(), digest.len().min(curve.order_len()));
                prop_assert_eq!(truncate_digest(curve, truncated), truncated);
                prop_assert_eq!(leftmost_bits(curve, truncated), leftmost_bits(curve, &digest));
            }
        }
    }
}
