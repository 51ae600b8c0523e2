//! Owns the tests of public keys.

use proptest::prelude::*;

use super::*;
use crate::ec::PrivateKey;

/// The Weierstrass curves that this build has arithmetic for.
fn weierstrass() -> Vec<Curve> {
    let computed = |curve: &Curve| !curve.is_montgomery() && software::require(*curve).is_ok();
    Curve::ALL.iter().copied().filter(computed).collect()
}

fn montgomery() -> impl Iterator<Item = Curve> {
    Curve::ALL
        .iter()
        .copied()
        .filter(|curve| curve.is_montgomery())
}

fn multiple_of_generator(curve: Curve, d: u16) -> PublicKey {
    PrivateKey::from_value(curve, &d.to_be_bytes())
        .unwrap()
        .public_key()
        .unwrap()
}

fn assert_refused(curve: Curve, bytes: &[u8]) {
    let error = PublicKey::from_bytes(curve, bytes).unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::InvalidArgument,
        "{curve} {bytes:02x?}"
    );
    let error = PublicKey::from_ec_point(curve, bytes).unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::CorruptionDetected,
        "{curve} {bytes:02x?}"
    );
}

#[test]
fn a_point_that_begins_like_der_is_known_as_such() {
    for curve in Curve::ALL.iter().copied() {
        let len = u8::try_from(curve.public_len()).unwrap();
        let header: &[u8] = match len {
            ..130 => &[0x04, len - 2],
            _ => &[0x04, 0x81, len - 3],
        };
        let resembles = |first: &[u8]| {
            let mut bytes = vec![0x11; curve.public_len()];
            bytes[..first.len()].copy_from_slice(first);
            PublicKey::from_checked(curve, &bytes).resembles_der()
        };
        assert!(resembles(header), "{curve}");
        for at in 0..header.len() {
            let mut other = header.to_vec();
            other[at] ^= 1;
            assert!(!resembles(&other), "{curve} {at}");
        }
    }
}

#[test]
fn both_forms_of_a_point() {
    for curve in weierstrass() {
        let key = multiple_of_generator(curve, 7);
        let der = key.to_ec_point();
        assert_eq!(key.as_bytes().len(), curve.public_len());
        assert_eq!(PublicKey::from_bytes(curve, key.as_bytes()).unwrap(), key);
        assert_eq!(
            PublicKey::from_ec_point(curve, key.as_bytes()).unwrap(),
            key
        );
        assert_eq!(PublicKey::from_ec_point(curve, &der).unwrap(), key);
        assert!(PublicKey::from_bytes(curve, &der).is_err(), "{curve}");
        assert_eq!(key.ec_point_forms(), [der, key.as_bytes().to_vec()]);
    }
    let der = |curve| multiple_of_generator(curve, 7).to_ec_point();
    assert!(der(Curve::Secp256r1).starts_with(&[0x04, 0x41, 0x04]));
    assert!(der(Curve::Secp521r1).starts_with(&[0x04, 0x81, 0x85, 0x04]));
}

/// Defect 2 of the peer: it took `04 || x || y` for DER if x began with a small enough byte.
#[test]
fn raw_points_that_look_like_der_are_raw() {
    for curve in weierstrass() {
        let mut looked_like_der = 0;
        for d in 1..=60 {
            let key = multiple_of_generator(curve, d);
            let claimed_len = usize::from(key.as_bytes()[1]);
            looked_like_der += usize::from(claimed_len <= curve.public_len() - 2);
            assert_eq!(
                PublicKey::from_ec_point(curve, key.as_bytes()).unwrap(),
                key
            );
        }
        // The first byte of x is small where the field has few bits more than whole bytes.
        assert!(looked_like_der > 3, "{curve}: {looked_like_der}");
    }
}

/// Defect 14 of the peer: it took points off the curve, too long ones, and all zeros.
#[test]
fn no_half_valid_points() {
    for curve in weierstrass() {
        let valid = multiple_of_generator(curve, 3).as_bytes().to_vec();
        let len = valid.len();
        let coordinates = &valid[1..];
        let with = |at: usize, bits: u8| {
            let mut changed = valid.clone();
            changed[at] ^= bits;
            changed
        };

        assert_refused(curve, &[]);
        assert_refused(curve, &[0x00]);
        assert_refused(curve, &[0x04]);
        assert_refused(curve, &vec![0; len]);
        assert_refused(curve, &[&[0x04][..], &vec![0; len - 1]].concat());
        assert_refused(curve, &[&[0x04][..], &vec![0xff; len - 1]].concat());
        assert_refused(curve, &valid[..len - 1]);
        assert_refused(curve, coordinates);
        assert_refused(curve, &[&valid[..], &[0]].concat());
        assert_refused(curve, &[&valid[..], &valid].concat());
        assert_refused(curve, &with(len - 1, 0x01));
        assert_refused(curve, &with(1, 0x01));
        for form in [0x00, 0x01, 0x02, 0x03, 0x05, 0x06, 0x07, 0x44, 0x84] {
            assert_refused(curve, &[&[form], coordinates].concat());
        }
        for form in [0x02, 0x03, 0x05] {
            assert_refused(
                curve,
                &[&[form], &coordinates[..curve.field_len()]].concat(),
            );
        }
    }
}

#[test]
fn only_the_exact_der() {
    for curve in weierstrass() {
        let der = multiple_of_generator(curve, 3).to_ec_point();
        let raw = &der[der.len() - curve.public_len()..];
        let header = &der[..der.len() - raw.len()];
        let len = u8::try_from(raw.len()).unwrap();
        let length = header.len() - 1;
        let mut off_curve = der.clone();
        *off_curve.last_mut().unwrap() ^= 1;
        for wrong in [
            off_curve,
            [&der[..], &[0]].concat(),
            der[..der.len() - 1].to_vec(),
            [&[0x03], &der[1..]].concat(),
            [&[0x24], &der[1..]].concat(),
            [&[0x04, 0x82, 0x00, len], raw].concat(),
            [&[0x04, len - 1], raw].concat(),
            [&[0x04, len + 1], raw].concat(),
            [&[0x04, 0x80], raw, &[0, 0]].concat(),
            [&[0x03, len + 1, 0x00], raw].concat(),
            // tpm2-pkcs11 1.9 sends P-521 without the 0x81 of the long form.
            [&header[..1], &vec![len; 3 - length], raw].concat(),
        ] {
            let error = PublicKey::from_ec_point(curve, &wrong).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CorruptionDetected, "{wrong:02x?}");
        }
    }
}

#[test]
fn a_point_belongs_to_one_curve() {
    for curve in weierstrass() {
        for other in weierstrass().into_iter().filter(|other| *other != curve) {
            assert_refused(other, multiple_of_generator(curve, 1).as_bytes());
        }
    }
}

#[test]
fn says_what_is_wrong() {
    let error = PublicKey::from_bytes(Curve::Secp256r1, &[4; 64]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a secp256r1 public key has 65 bytes, not 64"
    );
    let debug = format!("{:?}", multiple_of_generator(Curve::Secp192r1, 1));
    assert!(debug.starts_with("PublicKey { curve: secp192r1, bytes: \"04188da80eb03090f6"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_multiple_round_trips(d in 1_u16.., at in 0..weierstrass().len()) {
        let curve = weierstrass()[at];
        let key = multiple_of_generator(curve, d);
        prop_assert_eq!(&PublicKey::from_bytes(curve, key.as_bytes()).unwrap(), &key);
        prop_assert_eq!(&PublicKey::from_ec_point(curve, key.as_bytes()).unwrap(), &key);
        prop_assert_eq!(&PublicKey::from_ec_point(curve, &key.to_ec_point()).unwrap(), &key);
    }
}

#[test]
fn any_bytes_are_a_montgomery_key() {
    for curve in montgomery() {
        let len = curve.public_len();
        for bytes in [vec![0; len], vec![0xff; len], vec![0x04; len], vec![1; len]] {
            let key = PublicKey::from_bytes(curve, &bytes).unwrap();
            assert_eq!(key.as_bytes(), bytes);
            let forms = key.ec_point_forms();
            assert_eq!(forms.len(), 3);
            for form in forms {
                assert_eq!(PublicKey::from_ec_point(curve, &form).unwrap(), key);
            }
        }
        let forms = PublicKey::from_bytes(curve, &vec![9; len])
            .unwrap()
            .ec_point_forms();
        let short = u8::try_from(len).unwrap();
        assert!(forms[0].starts_with(&[9, 9]));
        assert!(forms[1].starts_with(&[0x04, short, 9]));
        assert!(forms[2].starts_with(&[0x03, short + 1, 0x00, 9]));
    }
}

#[test]
fn a_montgomery_key_has_three_forms_only() {
    for curve in montgomery() {
        let raw = vec![9; curve.public_len()];
        let len = u8::try_from(raw.len()).unwrap();
        for wrong in [
            vec![],
            raw[1..].to_vec(),
            [&raw[..], &[0]].concat(),
            [&[0x04], &raw[..]].concat(),
            [&[0x40], &raw[..]].concat(),
            [&[0x04, len], &raw[1..], &[]].concat(),
            [&[0x04, len], &raw[..], &[0]].concat(),
            [&[0x04, len + 1, 0x00], &raw[..]].concat(),
            [&[0x04, 0x81, len], &raw[..]].concat(),
            [&[0x03, len], &raw[..]].concat(),
            [&[0x03, len + 1, 0x01], &raw[..]].concat(),
            [&[0x03, len + 1, 0x00], &raw[..], &[0]].concat(),
        ] {
            if wrong.len() != raw.len() {
                assert_refused(curve, &wrong);
            }
        }
    }
}

/// Without arithmetic a client's point cannot be checked; the token's is believed, in its form.
#[test]
fn a_curve_without_arithmetic() {
    let without = |curve: &Curve| software::require(*curve).is_err();
    let weierstrass = Curve::ALL
        .iter()
        .copied()
        .filter(|curve| !curve.is_montgomery());
    for curve in weierstrass.filter(without) {
        let mut point = vec![1; curve.public_len()];
        point[0] = UNCOMPRESSED;
        let error = PublicKey::from_bytes(curve, &point).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotSupported);
        let key = PublicKey::from_ec_point(curve, &point).unwrap();
        for form in key.ec_point_forms() {
            assert_eq!(PublicKey::from_ec_point(curve, &form).unwrap(), key);
        }
        point[0] = 0x06;
        let error = PublicKey::from_ec_point(curve, &point).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CorruptionDetected);
    }
}
