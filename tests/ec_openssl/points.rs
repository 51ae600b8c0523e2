//! Owns the comparison of points: what is accepted, what is refused, what a scalar leads to.

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcKey, EcPoint, PointConversionForm};
use openssl::rand::rand_bytes;
use parsec_pkcs11_ecc::ec::{Curve, PrivateKey, PublicKey};
use parsec_pkcs11_ecc::error::ErrorKind;

use crate::judge::{Key, curves, group};

fn field_len(curve: Curve) -> i32 {
    i32::try_from(curve.field_len()).unwrap()
}

fn is_binary(curve: Curve) -> bool {
    curve.name().starts_with("sect")
}

/// The prime of the field; the reduction polynomial of a binary one.
fn modulus(curve: Curve) -> BigNum {
    let [mut p, mut a, mut b] = [(); 3].map(|()| BigNum::new().unwrap());
    let mut context = BigNumContext::new().unwrap();
    let group = group(curve);
    match is_binary(curve) {
        true => group.components_gf2m(&mut p, &mut a, &mut b, &mut context),
        false => group.components_gfp(&mut p, &mut a, &mut b, &mut context),
    }
    .unwrap();
    p
}

/// The sum in the ring that the field is made of.
fn sum(curve: Curve, a: &[u8], b: &[u8]) -> Vec<u8> {
    if is_binary(curve) {
        return a.iter().zip(b).map(|(a, b)| a ^ b).collect();
    }
    let mut sum = BigNum::new().unwrap();
    let [a, b] = [a, b].map(|number| BigNum::from_slice(number).unwrap());
    sum.checked_add(&a, &b).unwrap();
    sum.to_vec_padded(field_len(curve)).unwrap()
}

/// A point with this x as `04 || x || y`, if the group of the base point has one.
fn point_at(curve: Curve, x: &[u8]) -> Option<Vec<u8>> {
    let mut context = BigNumContext::new().unwrap();
    let group = group(curve);
    let compressed = [&[0x02], x].concat();
    let point = EcPoint::from_bytes(&group, &compressed, &mut context).ok()?;
    let key = EcKey::from_public_key(&group, &point).unwrap();
    key.check_key().ok()?;
    let form = PointConversionForm::UNCOMPRESSED;
    Some(point.to_bytes(&group, form, &mut context).unwrap())
}

fn openssl_accepts(curve: Curve, sec1: &[u8]) -> bool {
    let mut context = BigNumContext::new().unwrap();
    let group = group(curve);
    EcPoint::from_bytes(&group, sec1, &mut context)
        .and_then(|point| point.is_on_curve(&group, &mut context))
        .unwrap_or(false)
}

#[test]
fn keys_of_openssl_are_ours() {
    for curve in curves() {
        for _ in 0..10 {
            let key = Key::generate(curve);
            let public = key.public();
            let scalar = key.pair.private_key();
            let wire = scalar
                .to_vec_padded(i32::try_from(curve.private_len()).unwrap())
                .unwrap();
            let private = PrivateKey::from_bytes(curve, &wire).unwrap();
            assert_eq!(private.public_key().unwrap(), public);

            let stripped = PrivateKey::from_value(curve, &scalar.to_vec()).unwrap();
            assert_eq!(stripped.as_bytes(), wire);
            assert_eq!(stripped.public_key().unwrap(), public);
            assert_eq!(
                PublicKey::from_ec_point(curve, &public.to_ec_point()).unwrap(),
                public
            );
            assert_eq!(
                PublicKey::from_ec_point(curve, public.as_bytes()).unwrap(),
                public
            );
        }
    }
}

/// Defect 2 of the peer, at its worst: raw points that repeat the whole header of their own DER.
#[test]
fn raw_points_that_begin_like_their_der_are_raw() {
    for curve in curves() {
        let key = Key::generate(curve).public();
        let der = key.to_ec_point();
        let header = &der[1..=der.len() - key.as_bytes().len()];
        // No x of P-521 begins with 0x81, nor one of a binary curve with what has more bits than its
        // first byte: there, with other lengths that x can begin with.
        let bits_of_first = (curve.bits() - 1) % 8 + 1;
        for start in [
            header,
            &[0x00],
            &[0x01, 0x04],
            &[0x00, 0x04],
            &[0x20, 0x04],
            &[0x17],
        ] {
            let mut x = vec![0; curve.field_len()];
            let point = (0..200).find_map(|_| {
                rand_bytes(&mut x).unwrap();
                x[..start.len()].copy_from_slice(start);
                point_at(curve, &x)
            });
            match point {
                Some(point) => {
                    assert_eq!(point[1..=start.len()], *start);
                    let key = PublicKey::from_ec_point(curve, &point).unwrap();
                    assert_eq!(key.as_bytes(), point, "{curve} {start:02x?}");
                }
                None => assert!(
                    u32::from(start[0]) >= 1 << bits_of_first,
                    "{curve} {start:02x?}"
                ),
            }
        }
    }
}

/// Defect 14 of the peer: neither side takes a point with a bit flipped.
#[test]
fn flipped_bits_leave_the_curve() {
    for curve in curves() {
        let valid = Key::generate(curve).public().as_bytes().to_vec();
        for at in 0..valid.len() * 8 {
            let mut flipped = valid.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            let error = PublicKey::from_bytes(curve, &flipped).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            let form_is_kept = flipped[0] == valid[0];
            assert!(
                !(form_is_kept && openssl_accepts(curve, &flipped)),
                "{curve} {at}"
            );
        }
    }
}

/// Coordinates that are right modulo p but not below it, in a binary field of a degree too high, are not a second encoding of a point.
#[test]
fn coordinates_are_below_the_modulus() {
    for curve in curves() {
        let p = modulus(curve).to_vec_padded(field_len(curve)).unwrap();
        let len = field_len(curve);
        // Small enough that x + p still fits.
        let (x, point) = (1..100)
            .map(|x| BigNum::from_u32(x).unwrap())
            .find_map(|x| {
                Some((
                    x.to_vec_padded(len).unwrap(),
                    point_at(curve, &x.to_vec_padded(len).unwrap())?,
                ))
            })
            .unwrap();
        assert!(PublicKey::from_bytes(curve, &point).is_ok());
        let raised = sum(curve, &x, &p);
        let y = &point[1 + curve.field_len()..];
        let overflowing = [&[0x04], &raised[..], y].concat();
        assert!(!openssl_accepts(curve, &overflowing));
        assert!(
            PublicKey::from_bytes(curve, &overflowing).is_err(),
            "{curve}"
        );
        assert!(
            PublicKey::from_ec_point(curve, &overflowing).is_err(),
            "{curve}"
        );

        for wrong in [
            [&[0x04], &p[..], y].concat(),
            [&[0x04], &x[..], &p[..]].concat(),
            [&[0x04], &p[..], &p[..]].concat(),
        ] {
            assert!(PublicKey::from_bytes(curve, &wrong).is_err(), "{curve}");
        }
    }
}

#[test]
fn the_other_encodings_of_a_valid_point_are_refused() {
    let mut context = BigNumContext::new().unwrap();
    for curve in curves() {
        let group = group(curve);
        let key = Key::generate(curve);
        for form in [PointConversionForm::COMPRESSED, PointConversionForm::HYBRID] {
            let sec1 = key
                .pair
                .public_key()
                .to_bytes(&group, form, &mut context)
                .unwrap();
            let error = PublicKey::from_bytes(curve, &sec1).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{curve}");
            let error = PublicKey::from_ec_point(curve, &sec1).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CorruptionDetected, "{curve}");
        }
    }
}

/// A point of order 2 is on every binary curve, and outside the group of the base point.
#[test]
fn a_point_outside_the_group_is_refused() {
    let mut context = BigNumContext::new().unwrap();
    for curve in curves().filter(|curve| is_binary(*curve)) {
        let group = group(curve);
        let x = vec![0; curve.field_len()];
        let order_two =
            EcPoint::from_bytes(&group, &[&[0x02], &x[..]].concat(), &mut context).unwrap();
        // With a valid point added, its order is 2n.
        let mut large = EcPoint::new(&group).unwrap();
        let key = Key::generate(curve);
        large
            .add(&group, key.pair.public_key(), &order_two, &mut context)
            .unwrap();
        for point in [order_two, large] {
            let form = PointConversionForm::UNCOMPRESSED;
            let point = point.to_bytes(&group, form, &mut context).unwrap();
            assert!(openssl_accepts(curve, &point), "{curve}");
            let error = PublicKey::from_bytes(curve, &point).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{curve}");
        }
    }
}
