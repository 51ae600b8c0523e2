//! Owns the arithmetic on curves, and alone knows which crate has it for which curve.
//!
//! Point and scalar arithmetic is RustCrypto's and constant-time where a secret takes part.

#![allow(
    deprecated,
    reason = "elliptic-curve 0.13 is built on generic-array 0.14, which calls all of itself deprecated"
)]

use ecdsa::hazmat::verify_prehashed;
use ecdsa::{Signature as CurveSignature, SignatureSize};
use elliptic_curve::generic_array::ArrayLength;
use elliptic_curve::group::Curve as _;
use elliptic_curve::ops::{MulByGenerator, Reduce};
use elliptic_curve::sec1::{FromEncodedPoint, ModulusSize, ToEncodedPoint};
use elliptic_curve::{
    AffinePoint, CurveArithmetic, FieldBytes, FieldBytesSize, NonZeroScalar, PrimeCurve,
    ProjectivePoint, PublicKey as CurvePublicKey, Scalar, ecdh,
};
use p192::NistP192;
use p224::NistP224;
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use zeroize::Zeroizing;

use super::digest::leftmost_bits;
use super::{Curve, PrivateKey, PublicKey, SharedSecret, Signature};
use crate::error::{Error, ErrorKind, Result};

/// The first byte of an uncompressed point: SEC 1 version 2.0, section 2.3.3.
const UNCOMPRESSED: u8 = 0x04;

/// Verifies an ECDSA signature over `digest`: FIPS 186-5, section 6.4.2.
///
/// A digest of any length but zero is accepted; a longer one than the order is cut to its leftmost
/// bits, a shorter one is used whole.
///
/// # Errors
///
/// - [`ErrorKind::InvalidSignature`] if the signature does not verify, or is one of another curve.
/// - [`ErrorKind::InvalidArgument`] for an empty digest: a signature over it says nothing.
pub fn verify(key: &PublicKey, digest: &[u8], signature: &Signature) -> Result<()> {
    if digest.is_empty() {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            "the digest is empty",
        ));
    }
    let curve = key.curve();
    let z = leftmost_bits(curve, digest);
    if signature.curve() == curve
        && (arithmetic(curve).verify)(key.as_bytes(), &z, signature.as_bytes())
    {
        Ok(())
    } else {
        Err(Error::new(
            ErrorKind::InvalidSignature,
            format!("the {curve} signature does not verify"),
        ))
    }
}

/// Agrees on a secret by ECDH: SEC 1 version 2.0, section 3.3.1.
///
/// # Errors
///
/// [`ErrorKind::InvalidArgument`] if the keys are on different curves.
pub fn agree(key: &PrivateKey, peer: &PublicKey) -> Result<SharedSecret> {
    let curve = key.curve();
    if peer.curve() != curve {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            format!("the peer's key is on {}, ours on {curve}", peer.curve()),
        ));
    }
    (arithmetic(curve).agree)(key.as_bytes(), peer.as_bytes())
        .ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidArgument,
                format!("no {curve} secret for these keys"),
            )
        })
        .and_then(|x| SharedSecret::from_token(curve, &x))
}

/// Whether `sec1` is `04 || x || y` with coordinates in the field, on the curve.
pub(super) fn is_on_curve(curve: Curve, sec1: &[u8]) -> bool {
    (arithmetic(curve).is_on_curve)(sec1)
}

/// The public key of `key`.
pub(super) fn public_key(key: &PrivateKey) -> PublicKey {
    let sec1 = (arithmetic(key.curve()).public_point)(key.as_bytes());
    PublicKey::from_checked(key.curve(), &sec1)
}

type SecretBytes = Zeroizing<Vec<u8>>;

/// The operations of one curve, on bytes whose form and range have been checked.
struct Arithmetic {
    /// From any bytes.
    is_on_curve: fn(&[u8]) -> bool,
    /// From a scalar in range to `04 || x || y`.
    public_point: fn(&[u8]) -> Vec<u8>,
    /// From a point, z and `r || s`.
    verify: fn(&[u8], &[u8], &[u8]) -> bool,
    /// From a scalar and a point to x.
    agree: fn(&[u8], &[u8]) -> Option<SecretBytes>,
}

fn arithmetic(curve: Curve) -> Arithmetic {
    match curve {
        Curve::Secp192r1 => Arithmetic::of::<NistP192>(),
        Curve::Secp224r1 => Arithmetic::of::<NistP224>(),
        Curve::Secp256r1 => Arithmetic::of::<NistP256>(),
        Curve::Secp384r1 => Arithmetic::of::<NistP384>(),
        Curve::Secp521r1 => Arithmetic::of::<NistP521>(),
    }
}

impl Arithmetic {
    fn of<C>() -> Self
    where
        C: PrimeCurve + CurveArithmetic,
        AffinePoint<C>: FromEncodedPoint<C> + ToEncodedPoint<C>,
        FieldBytesSize<C>: ModulusSize,
        SignatureSize<C>: ArrayLength<u8>,
    {
        Self {
            is_on_curve: |sec1| point::<C>(sec1).is_some(),
            public_point: public_point::<C>,
            verify: |sec1, z, r_s| holds::<C>(sec1, z, r_s).is_some(),
            agree: agreed_x::<C>,
        }
    }
}

/// The point in `04 || x || y`, checked to be on the curve; identity and other forms are `None`.
fn point<C>(sec1: &[u8]) -> Option<CurvePublicKey<C>>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromEncodedPoint<C> + ToEncodedPoint<C>,
    FieldBytesSize<C>: ModulusSize,
{
    // The decoder behind it takes compressed and compact points as well.
    sec1.first().filter(|form| **form == UNCOMPRESSED)?;
    CurvePublicKey::from_sec1_bytes(sec1).ok()
}

fn public_point<C>(scalar: &[u8]) -> Vec<u8>
where
    C: CurveArithmetic,
    AffinePoint<C>: ToEncodedPoint<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let scalar = reduced_scalar::<C>(scalar);
    let point = ProjectivePoint::<C>::mul_by_generator(&scalar).to_affine();
    point.to_encoded_point(false).as_bytes().to_vec()
}

/// `Some` if `r || s` is a signature over z by the key `sec1`.
fn holds<C>(sec1: &[u8], z: &[u8], r_s: &[u8]) -> Option<()>
where
    C: PrimeCurve + CurveArithmetic,
    AffinePoint<C>: FromEncodedPoint<C> + ToEncodedPoint<C>,
    FieldBytesSize<C>: ModulusSize,
    SignatureSize<C>: ArrayLength<u8>,
{
    let key = point::<C>(sec1)?;
    let signature = CurveSignature::<C>::from_slice(r_s).ok()?;
    verify_prehashed::<C>(&key.to_projective(), &field_bytes::<C>(z), &signature).ok()
}

fn agreed_x<C>(scalar: &[u8], peer: &[u8]) -> Option<SecretBytes>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromEncodedPoint<C> + ToEncodedPoint<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let scalar = NonZeroScalar::<C>::new(*reduced_scalar::<C>(scalar));
    let scalar: Zeroizing<NonZeroScalar<C>> = Zeroizing::new(Option::from(scalar)?);
    let scalar: &NonZeroScalar<C> = &scalar;
    let peer = point::<C>(peer)?;
    let secret = ecdh::diffie_hellman(scalar, peer.as_affine());
    Some(Zeroizing::new(secret.raw_secret_bytes().to_vec()))
}

/// The scalar in range; reducing it changes nothing and, unlike decoding it, cannot fail.
fn reduced_scalar<C: CurveArithmetic>(scalar: &[u8]) -> Zeroizing<Scalar<C>> {
    Zeroizing::new(Scalar::<C>::reduce_bytes(&field_bytes::<C>(scalar)))
}

/// The low bytes of a big-endian integer, as wide as an element of the field.
fn field_bytes<C: CurveArithmetic>(integer: &[u8]) -> Zeroizing<FieldBytes<C>> {
    let mut field_bytes = Zeroizing::new(FieldBytes::<C>::default());
    for (to, from) in field_bytes.iter_mut().rev().zip(integer.iter().rev()) {
        *to = *from;
    }
    field_bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(curve: Curve, d: u8) -> PrivateKey {
        PrivateKey::from_value(curve, &[d]).unwrap()
    }

    /// The signature r = s = 1, in range and almost never valid.
    fn ones(curve: Curve) -> Signature {
        let mut half = vec![0; curve.order_len()];
        *half.last_mut().unwrap() = 1;
        Signature::from_bytes(curve, &half.repeat(2)).unwrap()
    }

    #[test]
    fn a_wrong_signature_does_not_verify() {
        for curve in Curve::ALL.iter().copied() {
            let error = verify(&key(curve, 1).public_key(), &[1; 32], &ones(curve)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidSignature, "{curve}");
        }
    }

    #[test]
    fn an_empty_digest_is_refused() {
        let curve = Curve::Secp256r1;
        let error = verify(&key(curve, 1).public_key(), &[], &ones(curve)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }

    #[test]
    fn curves_do_not_mix() {
        let (key, peer) = (
            key(Curve::Secp256r1, 2),
            key(Curve::Secp384r1, 2).public_key(),
        );
        let error = agree(&key, &peer).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        let error = verify(&key.public_key(), &[1; 32], &ones(Curve::Secp384r1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidSignature);
    }

    #[test]
    fn both_sides_agree_on_the_product() {
        for curve in Curve::ALL.iter().copied() {
            let (two, three) = (key(curve, 2), key(curve, 3));
            let x = &key(curve, 6).public_key().as_bytes()[1..=curve.field_len()].to_vec();
            assert_eq!(
                agree(&two, &three.public_key()).unwrap().as_bytes(),
                x,
                "{curve}"
            );
            assert_eq!(
                agree(&three, &two.public_key()).unwrap().as_bytes(),
                x,
                "{curve}"
            );
        }
    }
}
