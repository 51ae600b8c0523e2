//! Owns the encodings of points, scalars and signatures: DER wrappers and leading zeros.

/// Wraps a point into a DER OCTET STRING, as CKA_EC_POINT is defined.
pub(crate) fn octet_string(point: &[u8]) -> Vec<u8> {
    tagged(0x04, point)
}

/// Wraps a point into a DER BIT STRING without unused bits.
pub(crate) fn bit_string(point: &[u8]) -> Vec<u8> {
    tagged(0x03, &[&[0], point].concat())
}

/// Wraps a point into a DER OCTET STRING, but with its length in one byte whatever it is.
pub(crate) fn with_bare_length(point: &[u8]) -> Vec<u8> {
    let [.., length] = point.len().to_be_bytes();
    [&[0x04, length], point].concat()
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap_or(u16::MAX);
    let [high, low] = length.to_be_bytes();
    let header = match length {
        0..0x80 => vec![tag, low],
        0x80..0x100 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [&header, content].concat()
}

/// The point in a DER OCTET STRING; none if it is not exactly that.
///
/// A raw point that happens to begin like one is taken for it: one in 65,536 for the curves up to 448 bits.
pub(crate) fn from_octet_string(encoded: &[u8]) -> Option<&[u8]> {
    let (length, content) = match encoded {
        [0x04, length @ ..=0x7f, content @ ..] => (u16::from(*length), content),
        [0x04, 0x81, length, content @ ..] => (u16::from(*length), content),
        [0x04, 0x82, high, low, content @ ..] => (u16::from_be_bytes([*high, *low]), content),
        _ => return None,
    };
    let is_point = matches!(content.first(), Some(2..=4));
    (usize::from(length) == content.len() && is_point).then_some(content)
}

/// Without its leading zero bytes.
pub(crate) fn strip_zeros(number: &[u8]) -> &[u8] {
    let zeros = leading_zeros(number);
    number.get(zeros..).unwrap_or_default()
}

fn leading_zeros(number: &[u8]) -> usize {
    number.iter().take_while(|byte| **byte == 0).count()
}

/// A signature r || s without the leading zeros that both halves have.
pub(crate) fn strip_common_zeros(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    let zeros = leading_zeros(r).min(leading_zeros(s));
    [
        r.get(zeros..).unwrap_or_default(),
        s.get(zeros..).unwrap_or_default(),
    ]
    .concat()
}

/// A signature r || s without the leading zeros of each half.
pub(crate) fn strip_all_zeros(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    [strip_zeros(r), strip_zeros(s)].concat()
}

/// A signature that is another one in its last bit.
pub(crate) fn flip_last_bit(signature: &[u8]) -> Vec<u8> {
    let mut flipped = signature.to_vec();
    if let Some(last) = flipped.last_mut() {
        *last ^= 1;
    }
    flipped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_wrapped_and_unwrapped() {
        for (length, header) in [
            (65, &[4, 65][..]),
            (133, &[4, 0x81, 133][..]),
            (300, &[4, 0x82, 1, 44][..]),
        ] {
            let mut point = vec![7; length];
            point[0] = 4;
            let wrapped = octet_string(&point);
            assert_eq!(wrapped[..header.len()], *header);
            assert_eq!(from_octet_string(&wrapped), Some(&point[..]));
            assert_eq!(from_octet_string(&point), None);
        }
        assert_eq!(bit_string(&[4, 1, 2]), [3, 4, 0, 4, 1, 2]);
        assert_eq!(with_bare_length(&[7; 133])[..3], [4, 133, 7]);
    }

    #[test]
    fn zeros_are_stripped() {
        assert_eq!(strip_zeros(&[0, 0, 1, 0]), [1, 0]);
        assert_eq!(strip_zeros(&[0, 0]), [0_u8; 0]);
        assert_eq!(strip_common_zeros(&[0, 0, 1, 0, 2, 3]), [0, 1, 2, 3]);
        assert_eq!(strip_common_zeros(&[1, 1, 0, 1]), [1, 1, 0, 1]);
        assert_eq!(strip_all_zeros(&[0, 0, 1, 0, 2, 3]), [1, 2, 3]);
    }
}
