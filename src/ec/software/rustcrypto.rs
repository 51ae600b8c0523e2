//! Owns the arithmetic that RustCrypto has: constant-time where a secret takes part.

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
use zeroize::Zeroizing;

use super::{Arithmetic, SecretBytes};
use crate::ec::digest::leftmost_bits;

pub(super) fn arithmetic<C>() -> Arithmetic
where
    C: PrimeCurve + CurveArithmetic,
    AffinePoint<C>: FromEncodedPoint<C> + ToEncodedPoint<C>,
    FieldBytesSize<C>: ModulusSize,
    SignatureSize<C>: ArrayLength<u8>,
{
    Arithmetic {
        is_valid: |_, point| decode::<C>(point).is_some(),
        public_key: |_, scalar| Some(public_point::<C>(scalar)),
        verify: |curve, point, digest, r_s| {
            holds::<C>(point, &leftmost_bits(curve, digest), r_s).is_some()
        },
        agree: |_, scalar, peer| agreed_x::<C>(scalar, peer),
    }
}

/// The point in `04 || x || y`, checked to be on the curve; the group has no other points than these
/// and the identity, which has another form.
fn decode<C>(point: &[u8]) -> Option<CurvePublicKey<C>>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromEncodedPoint<C> + ToEncodedPoint<C>,
    FieldBytesSize<C>: ModulusSize,
{
    CurvePublicKey::from_sec1_bytes(point).ok()
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

/// `Some` if `r || s` is a signature over z by the key `point`.
fn holds<C>(point: &[u8], z: &[u8], r_s: &[u8]) -> Option<()>
where
    C: PrimeCurve + CurveArithmetic,
    AffinePoint<C>: FromEncodedPoint<C> + ToEncodedPoint<C>,
    FieldBytesSize<C>: ModulusSize,
    SignatureSize<C>: ArrayLength<u8>,
{
    let key = decode::<C>(point)?;
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
    let peer = decode::<C>(peer)?;
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
