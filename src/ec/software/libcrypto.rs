//! Owns the arithmetic that OpenSSL's libcrypto has: the Weierstrass curves, on prime and binary fields.
//!
//! A secret takes part in `EC_POINT_mul` with one scalar and one point only, which libcrypto computes
//! by a ladder in constant time; numbers that are secret are overwritten when freed.

mod group;
mod x448;

use openssl::bn::{BigNum, BigNumContext, BigNumContextRef};
use openssl::ec::{EcGroup, EcGroupRef, EcKey, EcPoint, EcPointRef, PointConversionForm};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use zeroize::Zeroizing;

use super::{Arithmetic, SecretBytes};
use crate::ec::{Curve, truncate_digest};

/// `None` for a curve that this system's libcrypto does not have.
pub(super) fn arithmetic(curve: Curve) -> Option<Arithmetic> {
    if curve == Curve::Curve448 {
        return Some(x448::ARITHMETIC);
    }
    group::of(curve).ok()?;
    Some(Arithmetic {
        is_valid: |curve, point| checked_key(curve, point).is_ok(),
        public_key: |curve, scalar| public_point(curve, scalar).ok(),
        verify: |curve, point, digest, r_s| verifies(curve, point, digest, r_s).unwrap_or(false),
        agree: |curve, scalar, peer| agreed_x(curve, scalar, peer).ok(),
    })
}

/// Fails if the point is not on the curve, or n times it is not the point at infinity.
fn checked_key(curve: Curve, point: &[u8]) -> Result<(), ErrorStack> {
    let group = group::of(curve)?;
    let point = decode(&group, point)?;
    EcKey::from_public_key(&group, &point)?.check_key()
}

fn public_point(curve: Curve, scalar: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let group = group::of(curve)?;
    let scalar = secret_number(scalar)?;
    let mut context = BigNumContext::new_secure()?;
    let mut point = EcPoint::new(&group)?;
    point.mul_generator2(&group, &scalar, &mut context)?;
    point.to_bytes(&group, PointConversionForm::UNCOMPRESSED, &mut context)
}

fn verifies(curve: Curve, point: &[u8], digest: &[u8], r_s: &[u8]) -> Result<bool, ErrorStack> {
    let group = group::of(curve)?;
    let point = decode(&group, point)?;
    let key = EcKey::from_public_key(&group, &point)?;
    let (r, s) = r_s.split_at(curve.order_len());
    let signature =
        EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?;
    // It takes the leftmost bits by itself.
    signature.verify(truncate_digest(curve, digest), &key)
}

fn agreed_x(curve: Curve, scalar: &[u8], peer: &[u8]) -> Result<SecretBytes, ErrorStack> {
    let group = group::of(curve)?;
    let scalar = secret_number(scalar)?;
    let peer = decode(&group, peer)?;
    let mut context = BigNumContext::new_secure()?;
    let mut product = EcPoint::new(&group)?;
    product.mul2(&group, &peer, &scalar, &mut context)?;
    let (mut x, mut y) = (BigNum::new_secure()?, BigNum::new_secure()?);
    product.affine_coordinates(&group, &mut x, &mut y, &mut context)?;
    overwrite(&mut product, &group, &peer, &mut context)?;
    let len = i32::try_from(curve.field_len()).unwrap_or(i32::MAX);
    x.to_vec_padded(len).map(Zeroizing::new)
}

/// Puts `point`, which is no secret, in the place of one that is: freeing it would leave it in memory.
fn overwrite(
    secret: &mut EcPointRef,
    group: &EcGroupRef,
    point: &EcPointRef,
    context: &mut BigNumContextRef,
) -> Result<(), ErrorStack> {
    let (mut x, mut y) = (BigNum::new()?, BigNum::new()?);
    point.affine_coordinates(group, &mut x, &mut y, context)?;
    secret.set_affine_coordinates(group, &x, &y, context)
}

fn decode(group: &EcGroup, point: &[u8]) -> Result<EcPoint, ErrorStack> {
    let mut context = BigNumContext::new()?;
    EcPoint::from_bytes(group, point, &mut context)
}

/// A number that is overwritten when freed.
fn secret_number(bytes: &[u8]) -> Result<BigNum, ErrorStack> {
    let mut number = BigNum::new_secure()?;
    number.copy_from_slice(bytes)?;
    number.set_const_time();
    Ok(number)
}
