//! Tokens that show, or take, points in one encoding only.

use misbehaving_module::control::{Control, Inject, PointEncoding, PointForm};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::op::{agree, capability, export, generate};
use parsec_pkcs11_ecc::token::Token;

use crate::fixture::{ALL_USES, made, new_key};
use crate::judge::Judge;
use crate::life::{live, with_key};
use crate::quirk::Found::{AtOnce, BySearch};
use crate::quirk::{calls, count, not_supported, objects, play, playing, refuses, survives};
use crate::rv::rv;
use crate::setup::Faulty;

const CURVES: [Curve; 3] = [Curve::Secp256r1, Curve::Secp384r1, Curve::Secp521r1];

#[test]
fn points_may_be_shown_without_der() {
    for curve in CURVES {
        survives(curve, ALL_USES, AtOnce, |control| {
            control.encoding.ec_point = PointEncoding::Raw;
        });
    }
}

#[test]
fn points_that_are_shown_in_something_else_are_refused() {
    for curve in CURVES {
        refuses(
            curve,
            capability::can_generate,
            |token| generate::generate(token, &new_key(curve, ALL_USES)),
            |control| control.encoding.ec_point = PointEncoding::BitString,
        );
    }
}

/// tpm2-pkcs11 on secp521r1: the DER is wrong, and a key that a use of failed cannot be destroyed.
#[test]
fn a_key_whose_point_is_malformed_is_destroyed_before_it_is_used() {
    let curve = Curve::Secp521r1;
    let faulty = playing(|control| {
        control.encoding.ec_point = PointEncoding::BareLength;
        control.inject = vec![
            Inject::before(Function::C_SignInit, rv("CKR_HOST_MEMORY")),
            Inject::before(Function::C_DeriveKey, rv("CKR_HOST_MEMORY")),
        ];
    });
    let token = faulty.open();
    let made = calls(&faulty, || {
        not_supported(capability::can_generate(&token, curve));
        not_supported(generate::generate(&token, &new_key(curve, ALL_USES)));
        not_supported(capability::can_sign(
            &token,
            curve,
            capability::Signable::Digest,
        ));
        not_supported(capability::can_agree(&token, curve));
    });
    assert_eq!(count(&made, Function::C_SignInit), 0);
    assert_eq!(count(&made, Function::C_DeriveKey), 0);
    assert_eq!(objects(&faulty), 0);
}

#[test]
fn public_keys_may_be_taken_in_one_encoding_only() {
    for curve in CURVES {
        for (form, found) in [(PointForm::Der, AtOnce), (PointForm::Raw, BySearch)] {
            survives(curve, ALL_USES, found, |control| {
                control.encoding.create_point = form;
            });
        }
    }
    for refusal in [
        "CKR_GENERAL_ERROR",
        "CKR_FUNCTION_FAILED",
        "CKR_ARGUMENTS_BAD",
    ] {
        survives(Curve::Secp256r1, ALL_USES, BySearch, |control| {
            control.encoding.create_point = PointForm::Raw;
            control.encoding.create_refusal = rv(refusal);
        });
    }
}

/// A peer's point that begins like DER, one in 256, is sent in DER first.
#[test]
fn peers_may_be_taken_in_one_encoding_only() {
    let refusals = [
        "CKR_MECHANISM_PARAM_INVALID",
        "CKR_ARGUMENTS_BAD",
        "CKR_FUNCTION_FAILED",
        "CKR_GENERAL_ERROR",
        "CKR_DEVICE_ERROR",
    ];
    for form in [PointForm::Der, PointForm::Raw] {
        for refusal in refusals {
            let faulty = playing(|control| {
                control.encoding.derive_point = form;
                control.encoding.derive_refusal = rv(refusal);
            });
            let token = faulty.open();
            for curve in CURVES {
                capability::can_agree(&token, curve).unwrap();
                live(&token, curve, ALL_USES);
                assert_eq!(derived(&faulty, &token, curve, &peer(curve, false)), 1);
                // The coordinates of secp521r1 begin with 00 or 01.
                if curve != Curve::Secp521r1 {
                    let expected = match form {
                        PointForm::Raw => 3,
                        _ => 1,
                    };
                    let made = derived(&faulty, &token, curve, &peer(curve, true));
                    assert_eq!(made, expected, "{curve} {form:?} {refusal}");
                }
            }
        }
    }
}

/// A token may take a point in the other form for something else.
#[test]
fn an_error_that_passes_brings_no_other_form_to_the_token() {
    for error in [
        "CKR_FUNCTION_FAILED",
        "CKR_GENERAL_ERROR",
        "CKR_DEVICE_ERROR",
    ] {
        let faulty = playing(|_| {});
        let token = faulty.open();
        for curve in [Curve::Secp256r1, Curve::Secp384r1] {
            capability::can_agree(&token, curve).unwrap();
            for (begins_like_der, first) in [(true, PointForm::Der), (false, PointForm::Raw)] {
                play(&faulty, |control| {
                    control.encoding.derive_point = first;
                    control.inject =
                        vec![Inject::before(Function::C_DeriveKey, rv(error)).times(1)];
                });
                let made = derived(&faulty, &token, curve, &peer(curve, begins_like_der));
                assert_eq!(made, 2, "{curve} {first:?} {error}");
            }
        }
    }
}

/// A peer whose point begins like DER, or one whose does not.
fn peer(curve: Curve, begins_like_der: bool) -> Judge {
    let is_like_der = |peer: &Judge| {
        let point = peer.public();
        usize::from(point[1]) == point.len() - 2
    };
    (0..)
        .map(|_| Judge::new(curve))
        .find(|peer| is_like_der(peer) == begins_like_der)
        .unwrap()
}

/// How often C_DeriveKey is called for one secret, which is right.
fn derived(faulty: &Faulty, token: &Token, curve: Curve, peer: &Judge) -> u64 {
    let made = calls(faulty, || {
        with_key(token, curve, ALL_USES, |key| {
            let public = export::export_public(token, made(key))?;
            let secret = agree::agree(token, made(key), &peer.public())?;
            assert!(secret.as_bytes() == peer.agree(public.as_bytes()));
            Ok(())
        })
        .unwrap();
    });
    count(&made, Function::C_DeriveKey)
}

/// Wrong parameters of C_DeriveKey crashed a process with Thales' module.
#[test]
fn what_is_no_point_is_not_sent() {
    let curve = Curve::Secp256r1;
    let faulty = playing(|_: &mut Control| {});
    let token = faulty.open();
    with_key(&token, curve, ALL_USES, |key| {
        let good = Judge::new(curve).public();
        agree::agree(&token, made(key), &good)?;
        let sent = calls(&faulty, || {
            let mut off_curve = good.clone();
            off_curve[64] ^= 1;
            for bad in [off_curve, vec![4; 65], vec![0], vec![], good[..64].to_vec()] {
                agree::agree(&token, made(key), &bad).unwrap_err();
            }
        });
        assert_eq!(sent, []);
        Ok(())
    })
    .unwrap();
}
