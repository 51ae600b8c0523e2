//! Owns the forms in which a digest is given to `CKM_ECDSA`: all stand for the same number.

use std::borrow::Cow;

use cryptoki::error::RvError;

use crate::ec::{Curve, truncate_digest};
use crate::error::{Error, ErrorKind, Result};
use crate::token::{Form, PooledSession};

use super::adaptation::in_some_form;

/// The lengths of the digests that some tokens (TPM 2.0) take only, in bytes.
const HASH_LENGTHS: [usize; 3] = [32, 48, 64];

/// Gives a digest to the token in the form that it takes: `attempt` signs or verifies one.
///
/// # Errors
///
/// [`ErrorKind::NotSupported`] if the token takes no form of a digest of this length; those of `attempt`
/// otherwise.
pub(super) fn with_digest<T>(
    session: &PooledSession,
    curve: Curve,
    digest: &[u8],
    attempt: impl Fn(&[u8]) -> Result<T>,
) -> Result<T> {
    // Longer digests are cut, and then are alike.
    let form = Form::Digest(curve, digest.len().min(curve.order_len()));
    let first = session.quirks().form(form);
    let count = count(curve, digest.len());
    in_some_form(session, form, first, count, is_refused, |number| {
        attempt(&digest_form(curve, digest, number))
    })
    .map_err(|error| explained(error, curve, digest))
}

/// Every form of a digest for a key of `curve`.
#[cfg(feature = "_fuzzing")]
pub(super) fn all(curve: Curve, digest: &[u8]) -> impl Iterator<Item = Cow<'_, [u8]>> {
    (0..count(curve, digest.len())).map(move |number| digest_form(curve, digest, number))
}

/// How many forms a digest of so many bytes has for a key of `curve`.
fn count(curve: Curve, digest_len: usize) -> usize {
    let is_shorter = digest_len < curve.order_len();
    1 + usize::from(is_shorter) + usize::from(hash_len(curve) > curve.order_len())
}

/// A form of the digest for a key of `curve`: cut to the length of the order; padded to it, if it is
/// shorter; padded further with trailing zeros to the length of a hash.
///
/// A digest is a big-endian number of which the token uses as many leading bits as the order has (FIPS 186-5,
/// section 6.4.1). A shorter one is used whole, so zeros in front of it stand for the same number once it is
/// shifted by what the token cuts at the end.
fn digest_form(curve: Curve, digest: &[u8], number: usize) -> Cow<'_, [u8]> {
    let cut = truncate_digest(curve, digest);
    if number == 0 {
        return Cow::Borrowed(cut);
    }
    let mut padded = vec![0; curve.order_len() - cut.len()];
    let is_shorter = !padded.is_empty();
    padded.extend(cut);
    if is_shorter {
        // What is as long as the order loses its last bits, if the order does not fill its first byte.
        shift_left(&mut padded, 8 * curve.order_len() - curve.order_bits());
    }
    if number > usize::from(is_shorter) {
        padded.resize(hash_len(curve), 0);
    }
    Cow::Owned(padded)
}

/// Whether the token may refuse the length of the digest; tpm2-pkcs11 does so by `CKR_GENERAL_ERROR`.
fn is_refused(error: &Error) -> bool {
    matches!(
        error.ckr(),
        Some(RvError::DataLenRange | RvError::DataInvalid | RvError::GeneralError)
    )
}

/// That no form was taken is a limit of the token, not a mistake of the caller.
fn explained(error: Error, curve: Curve, digest: &[u8]) -> Error {
    match error.ckr() {
        Some(RvError::DataLenRange | RvError::DataInvalid) => error
            .with_kind(ErrorKind::NotSupported)
            .context(format_args!(
                "the token takes no digest of {} bytes on {curve}",
                digest.len()
            )),
        _ => error,
    }
}

/// Shifts a big-endian number by `bits`, 0 to 7; its first byte has room for them.
fn shift_left(number: &mut [u8], bits: usize) {
    let mut carry = 0;
    for byte in number.iter_mut().rev() {
        let [high, low] = (u16::from(*byte) << bits).to_be_bytes();
        *byte = low | carry;
        carry = high;
    }
}

/// The length of the shortest hash that is at least as long as the order, else that of the order.
fn hash_len(curve: Curve) -> usize {
    HASH_LENGTHS
        .into_iter()
        .find(|len| *len >= curve.order_len())
        .unwrap_or(curve.order_len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec::leftmost_bits;

    fn forms(curve: Curve, digest: &[u8]) -> Vec<Vec<u8>> {
        (0..count(curve, digest.len()))
            .map(|number| digest_form(curve, digest, number).into_owned())
            .collect()
    }

    fn ones(len: usize) -> Vec<u8> {
        vec![1; len]
    }

    #[test]
    fn a_digest_as_long_as_the_order_has_one_form_if_hashes_have_that_length() {
        assert_eq!(forms(Curve::Secp256r1, &[1; 32]), [ones(32)]);
        assert_eq!(forms(Curve::Secp256r1, &[1; 64]), [ones(32)]);
        assert_eq!(forms(Curve::Secp384r1, &[1; 48]), [ones(48)]);
    }

    #[test]
    fn a_shorter_digest_can_be_padded() {
        let padded = [vec![0; 4], ones(28)].concat();
        assert_eq!(forms(Curve::Secp256r1, &[1; 28]), [ones(28), padded]);
        // The order has 521 bits of 528: the token shifts by 7, back to the digest.
        let padded = [vec![0; 2], vec![0x80; 64]].concat();
        let [plain, form] = forms(Curve::Secp521r1, &[1; 64])
            .try_into()
            .expect("two forms");
        assert_eq!(plain, ones(64));
        assert_eq!(form, padded);
    }

    #[test]
    fn where_no_hash_is_as_long_as_the_order_the_next_longer_one_does() {
        let longer = [ones(24), vec![0; 8]].concat();
        assert_eq!(forms(Curve::Secp192r1, &[1; 32]), [ones(24), longer]);
        let padded = [vec![0; 8], ones(20)].concat();
        let longer = [padded.as_slice(), &[0; 4]].concat();
        assert_eq!(
            forms(Curve::Secp224r1, &[1; 20]),
            [ones(20), padded, longer]
        );
    }

    #[test]
    fn all_forms_are_one_number() {
        for curve in Curve::ALL
            .iter()
            .copied()
            .filter(|curve| !curve.is_montgomery())
        {
            for len in 1..=100 {
                let digest: Vec<u8> = (1..=100).take(len).collect();
                let forms = forms(curve, &digest);
                for form in &forms {
                    assert_eq!(
                        leftmost_bits(curve, form),
                        leftmost_bits(curve, &digest),
                        "{curve} {len}"
                    );
                }
                let mut lengths: Vec<_> = forms.iter().map(Vec::len).collect();
                lengths.dedup();
                assert_eq!(lengths.len(), forms.len(), "{curve} {len}");
            }
        }
    }
}
