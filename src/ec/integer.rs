//! Owns fixed-width big-endian integers: padding, and the range from 1 to n - 1.

use std::iter;

use zeroize::Zeroizing;

/// `bytes` as exactly `len` bytes, with leading zeros added or removed.
///
/// `None` if the value needs more than `len` bytes.
pub(super) fn fit(bytes: &[u8], len: usize) -> Option<Zeroizing<Vec<u8>>> {
    let (surplus, value) = bytes.split_at(bytes.len().saturating_sub(len));
    if surplus.iter().any(|byte| *byte != 0) {
        return None;
    }
    let mut fitted = Zeroizing::new(vec![0; len]);
    fitted[len - value.len()..].copy_from_slice(value);
    Some(fitted)
}

/// Whether 1 <= `value` < `order`, both big-endian.
///
/// Reads every byte whatever the result, for `value` may be a private key.
pub(super) fn is_in_range(value: &[u8], order: &[u8]) -> bool {
    let len = value.len().max(order.len());
    let value = value.iter().rev().copied().chain(iter::repeat(0));
    let order = order.iter().rev().copied().chain(iter::repeat(0));

    let mut any_bit = 0;
    let mut borrow = 0;
    for (value, order) in value.zip(order).take(len) {
        let (difference, underflow) = value.overflowing_sub(order);
        let (_, underflow_again) = difference.overflowing_sub(borrow);
        borrow = u8::from(underflow | underflow_again);
        any_bit |= value;
    }
    (any_bit != 0) & (borrow == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fit_pads_and_strips_zeros_only() {
        let fit = |bytes: &[u8], len| fit(bytes, len).map(|fitted| fitted.to_vec());
        assert_eq!(fit(&[1, 2], 2), Some(vec![1, 2]));
        assert_eq!(fit(&[1, 2], 4), Some(vec![0, 0, 1, 2]));
        assert_eq!(fit(&[0, 0, 0, 1, 2], 2), Some(vec![1, 2]));
        assert_eq!(fit(&[0, 0, 0, 1, 2], 4), Some(vec![0, 0, 1, 2]));
        assert_eq!(fit(&[], 2), Some(vec![0, 0]));
        assert_eq!(fit(&[1, 0], 1), None);
        assert_eq!(fit(&[0, 1, 0, 0], 2), None);
    }

    #[test]
    fn range_ends_before_the_order() {
        let order = [0x01, 0x00, 0x05];
        for (value, expected) in [
            (&[0x00, 0x00, 0x00], false),
            (&[0x00, 0x00, 0x01], true),
            (&[0x00, 0xff, 0xff], true),
            (&[0x01, 0x00, 0x04], true),
            (&[0x01, 0x00, 0x05], false),
            (&[0x01, 0x00, 0x06], false),
            (&[0x01, 0x01, 0x00], false),
            (&[0xff, 0xff, 0xff], false),
        ] {
            assert_eq!(is_in_range(value, &order), expected, "{value:?}");
        }
    }

    #[test]
    fn range_of_other_widths() {
        let order = [0x01, 0x00];
        assert!(is_in_range(&[0x00, 0x00, 0xff], &order));
        assert!(!is_in_range(&[0x01, 0x00, 0x01], &order));
        assert!(is_in_range(&[0xff], &order));
        assert!(!is_in_range(&[], &order));
    }

    #[test]
    fn range_agrees_with_integers() {
        for order in [1u16, 2, 0xff, 0x100, 0x101, 0x1ff, 0x7f80, 0xffff] {
            for value in 0..=u16::MAX {
                assert_eq!(
                    is_in_range(&value.to_be_bytes(), &order.to_be_bytes()),
                    (1..order).contains(&value),
                    "{value} {order}"
                );
            }
        }
    }
}
