//! Tokens whose secrets and scalars are of another length, or wrong, or kept.

use misbehaving_module::control::{Inject, RefuseMechanism, SecretValue};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::ec::{Curve, PrivateKey};
use parsec_pkcs11_ecc::op::{KeyUsage, agree, capability, export, import};
use parsec_pkcs11_ecc::{Error, ErrorKind};

use crate::fixture::{ALL_USES, made, new_key};
use crate::judge::Judge;
use crate::life::with_key;
use crate::quirk::Found::AtOnce;
use crate::quirk::{not_supported, playing, refuse_mechanism, refuses, survives, unsupported};
use crate::rv::rv;

const CURVES: [Curve; 2] = [Curve::Secp256r1, Curve::Secp521r1];

fn agrees(token: &parsec_pkcs11_ecc::token::Token, curve: Curve) -> Result<(), Error> {
    with_key(token, curve, ALL_USES, |key| {
        agree::agree(token, made(key), &Judge::new(curve).public()).map(drop)
    })
}

/// One secret in 256 begins with a zero byte, on secp521r1 each second; the check before the first makes
/// sure that the token is asked for one.
#[test]
fn leading_zeros_of_a_secret_may_be_missing() {
    for curve in CURVES {
        for form in [SecretValue::StripZeros, SecretValue::PadZero] {
            survives(curve, ALL_USES, AtOnce, |control| {
                control.encoding.secret = form
            });
        }
    }
    let curve = Curve::Secp521r1;
    let faulty = playing(|control| control.encoding.secret = SecretValue::StripZeros);
    let token = faulty.open();
    with_key(&token, curve, ALL_USES, |key| {
        let public = export::export_public(&token, made(key))?;
        for _ in 0..16 {
            let peer = Judge::new(curve);
            let secret = agree::agree(&token, made(key), &peer.public())?;
            assert!(secret.as_bytes() == peer.agree(public.as_bytes()));
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn secrets_that_are_cut_are_never_handed_out() {
    for curve in CURVES {
        for form in [SecretValue::CutFirst, SecretValue::CutLast] {
            refuses(
                curve,
                capability::can_agree,
                |token| agrees(token, curve),
                |control| control.encoding.secret = form,
            );
        }
    }
}

/// Listed, as by AWS CloudHSM, which wants a key derivation function, or not, as through p11-kit.
#[test]
fn ecdh_may_be_missing() {
    let curve = Curve::Secp256r1;
    for (listed, answer) in [
        (true, "CKR_MECHANISM_PARAM_INVALID"),
        (true, "CKR_MECHANISM_INVALID"),
        (true, "CKR_FUNCTION_NOT_SUPPORTED"),
        (false, "CKR_MECHANISM_INVALID"),
    ] {
        refuses(
            curve,
            capability::can_agree,
            |token| agrees(token, curve),
            |control| {
                control.refuse_mechanism = vec![RefuseMechanism {
                    listed,
                    answer: rv(answer),
                    ..refuse_mechanism("CKM_ECDH1_DERIVE")
                }];
            },
        );
    }
    refuses(
        curve,
        capability::can_agree,
        |token| agrees(token, curve),
        |control| control.inject = vec![unsupported(&[Function::C_DeriveKey])],
    );
}

#[test]
fn secrets_may_be_kept_by_the_token() {
    let curve = Curve::Secp256r1;
    refuses(
        curve,
        capability::can_agree,
        |token| agrees(token, curve),
        |control| {
            control.impose_attribute = vec![misbehaving_module::control::ImposeAttribute {
                always: true,
                function: Function::C_DeriveKey.into(),
                ..crate::quirk::impose_private("CKA_SENSITIVE", 1)
            }];
        },
    );
}

/// A scalar is as long as the order, whatever the token makes of its leading zeros.
#[test]
fn scalars_come_out_as_long_as_the_order() {
    let usage = KeyUsage {
        export: true,
        ..ALL_USES
    };
    for form in [SecretValue::StripZeros, SecretValue::PadZero] {
        let faulty = playing(|control| control.encoding.private_value = form);
        let token = faulty.open();
        for curve in CURVES {
            capability::can_export(&token, curve).unwrap();
            for zeros in 0..3 {
                let mut scalar = vec![0; curve.order_len()];
                scalar[zeros..].fill(1);
                let key = new_key(curve, usage);
                let private = PrivateKey::from_bytes(curve, &scalar).unwrap();
                import::import_pair(&token, &key, &private).unwrap();
                let exported = export::export_private(&token, made(&key)).unwrap();
                assert!(exported.as_bytes() == scalar);
            }
        }
    }
}

#[test]
fn a_scalar_that_is_cut_is_not_handed_out() {
    let usage = KeyUsage {
        export: true,
        ..ALL_USES
    };
    let curve = Curve::Secp256r1;
    let faulty = playing(|control| control.encoding.private_value = SecretValue::CutLast);
    let token = faulty.open();
    let exported = with_key(&token, curve, usage, |key| {
        export::export_private(&token, made(key)).map(drop)
    });
    assert_eq!(exported.unwrap_err().kind(), ErrorKind::CorruptionDetected);
    not_supported(capability::can_export(&token, curve));
}

#[test]
fn a_derivation_that_fails_once_is_no_verdict() {
    let curve = Curve::Secp256r1;
    let faulty = playing(|control| {
        control.inject =
            vec![Inject::before(Function::C_DeriveKey, rv("CKR_DEVICE_ERROR")).times(1)];
    });
    let token = faulty.open();
    let error = agrees(&token, curve).err();
    assert!(error.is_none_or(|error| error.kind() == ErrorKind::HardwareFailure));
    capability::can_agree(&token, curve).unwrap();
    agrees(&token, curve).unwrap();
}
