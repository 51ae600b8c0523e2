//! Owns the DER that `ec` writes: X.690, sections 8 and 10.1.

/// A BIT STRING: X.690, section 8.6.
pub(crate) const BIT_STRING: u8 = 0x03;
/// An OCTET STRING: X.690, section 8.7.
pub(crate) const OCTET_STRING: u8 = 0x04;
/// A PrintableString: X.690, section 8.23.
pub(super) const PRINTABLE_STRING: u8 = 0x13;

/// The DER of `content` under the one-byte `tag`.
pub(crate) fn encode(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut der = header(tag, content.len());
    der.extend(content);
    der
}

/// Tag and length in front of `len` bytes of content: X.690, sections 8.1.3 and 10.1.
pub(super) fn header(tag: u8, len: usize) -> Vec<u8> {
    let mut header = vec![tag];
    header.extend(length(len));
    header
}

fn length(len: usize) -> Vec<u8> {
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
    use picky_asn1::wrapper::OctetStringAsn1;
    use proptest::prelude::*;

    use super::*;

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
            assert_eq!(length(len), expected, "{len}");
        }
    }

    proptest! {
        #[test]
        fn header_is_that_of_an_octet_string(content in prop::collection::vec(any::<u8>(), 0..600)) {
            let der = encode(OCTET_STRING, &content);
            prop_assert_eq!(picky_asn1_der::to_vec(&OctetStringAsn1(content)).unwrap(), der);
        }
    }
}
