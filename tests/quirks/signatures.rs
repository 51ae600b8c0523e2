//! Tokens that sign digests of some lengths only, lack a mechanism or a function, or encode signatures in
//! another way.

use misbehaving_module::control::{Digests, SignatureForm};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::config::Config;
use parsec_pkcs11_ecc::ec::{Curve, Hash};
use parsec_pkcs11_ecc::op::capability::{self, Signable};
use parsec_pkcs11_ecc::op::{export, generate, sign, verify};
use parsec_pkcs11_ecc::token::Token;

use crate::fixture::{ALL_USES, made, new_key};
use crate::judge::{self, Judge};
use crate::life::{DIGEST, live, signs, with_key};
use crate::quirk::{
    calls, can_sign, count, not_supported, playing, refuse_mechanism, refuses, unsupported,
};
use crate::rv::rv;

/// Those that a TPM 2.0 knows hashes for.
const LENGTHS: [usize; 4] = [20, 32, 48, 64];

#[test]
fn digests_may_be_taken_in_the_lengths_of_some_hashes_only() {
    let curves = [
        Curve::Secp192r1,
        Curve::Secp224r1,
        Curve::Secp256r1,
        Curve::Secp384r1,
    ];
    for answer in [
        "CKR_GENERAL_ERROR",
        "CKR_DATA_LEN_RANGE",
        "CKR_DATA_INVALID",
    ] {
        let faulty = playing(|control| {
            control.digests = Digests {
                lengths: Some(LENGTHS.to_vec()),
                answer: rv(answer),
            };
        });
        let token = faulty.open();
        for curve in curves {
            can_sign(&token, curve).unwrap();
            capability::can_verify(&token, curve).unwrap();
            let key = new_key(curve, ALL_USES);
            generate::generate(&token, &key).unwrap();
            for length in [1, 16, 20, 24, 28, 32, 48, 64, 65, 100] {
                let digest = vec![0xa5; length];
                signs(&token, &key, &digest);
                let again = calls(&faulty, || {
                    let signature = sign::sign(&token, made(&key), &digest).unwrap();
                    let signature = signature.as_bytes();
                    verify::verify(&token, made(&key), &digest, signature).unwrap();
                });
                // cryptoki asks for the length of the signature first.
                let expected = [
                    (Function::C_SignInit, 1),
                    (Function::C_Sign, 2),
                    (Function::C_VerifyInit, 1),
                    (Function::C_Verify, 1),
                ];
                assert_eq!(again, expected, "{curve}, {length} bytes");
            }
        }
    }
}

/// Where the order does not fill its first byte, a digest as long as the order loses its last bits, and a
/// padded one must not.
#[test]
fn digests_may_have_to_be_as_long_as_an_order_of_odd_width() {
    let curves = [
        Curve::Secp521r1,
        Curve::Secp224k1,
        Curve::Secp160r2,
        Curve::Sect283k1,
        Curve::Sect571r1,
    ];
    let faulty = playing(|control| {
        control.digests.lengths = Some(curves.map(Curve::order_len).to_vec());
    });
    let token = faulty.open();
    for curve in curves {
        with_key(&token, curve, ALL_USES, |key| {
            for length in [1, 20, 28, 32, 35, 48, 64, 65, 66, 71, 72, 100] {
                signs(&token, key, &vec![0xa5; length]);
            }
            Ok(())
        })
        .unwrap();
    }
}

/// OpenSC's cards: nothing longer than the order.
#[test]
fn long_digests_are_cut_before_the_token_sees_them() {
    let faulty = playing(|control| {
        control.digests.lengths = Some((1..=32).collect());
    });
    let token = faulty.open();
    with_key(&token, Curve::Secp256r1, ALL_USES, |key| {
        for length in [1, 28, 32, 33, 48, 64, 100] {
            signs(&token, key, &vec![0xa5; length]);
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_digest_that_no_form_of_is_taken_is_not_supported() {
    let curve = Curve::Secp384r1;
    refuses(
        curve,
        can_sign,
        |token| {
            with_key(token, curve, ALL_USES, |key| {
                sign::sign(token, made(key), &DIGEST)
            })
        },
        |control| control.digests.lengths = Some(vec![20]),
    );
}

/// SoftHSM 2.6.1 has no mechanism that hashes: tests/quirks/kryoptic.rs has a token with one.
#[test]
fn without_ecdsa_nothing_is_signed_and_software_verifies() {
    let curve = Curve::Secp256r1;
    let lacks_ecdsa = |control: &mut misbehaving_module::control::Control| {
        control.refuse_mechanism = vec![refuse_mechanism("CKM_ECDSA")];
    };
    let sign_hash = |token: &Token| {
        with_key(token, curve, ALL_USES, |key| {
            sign::sign(token, made(key), &DIGEST)
        })
    };
    refuses(curve, can_sign, sign_hash, lacks_ecdsa);
    refuses(
        curve,
        |token, curve| capability::can_sign(token, curve, Signable::Message(Hash::Sha256)),
        |token| {
            with_key(token, curve, ALL_USES, |key| {
                sign::sign_message(token, made(key), Hash::Sha256, b"a message")
            })
        },
        lacks_ecdsa,
    );
    verified_in_software(curve, lacks_ecdsa);
}

#[test]
fn a_token_that_does_not_verify_leaves_it_to_software() {
    for functions in [
        &[Function::C_VerifyInit][..],
        &[Function::C_Verify],
        &[Function::C_VerifyInit, Function::C_Verify],
    ] {
        let curve = Curve::Secp256r1;
        let quirk = |control: &mut misbehaving_module::control::Control| {
            control.inject = vec![unsupported(functions)];
        };
        verified_in_software(curve, quirk);
        let faulty = playing(quirk);
        live(&faulty.open(), curve, ALL_USES);
    }
}

fn verified_in_software(
    curve: Curve,
    quirk: impl FnOnce(&mut misbehaving_module::control::Control),
) {
    let faulty = playing(quirk);
    let token = faulty.open();
    capability::can_verify(&token, curve).unwrap();
    let judge = Judge::new(curve);
    let key = new_key(curve, ALL_USES);
    let point = parsec_pkcs11_ecc::ec::PublicKey::from_bytes(curve, &judge.public()).unwrap();
    parsec_pkcs11_ecc::op::import::import_public(&token, &key, &point).unwrap();
    let digest = Hash::Sha256.digest(b"a message");
    let signature = judge.sign(&digest);
    verify::verify(&token, made(&key), &digest, &signature).unwrap();
    verify::verify_message(&token, made(&key), Hash::Sha256, b"a message", &signature).unwrap();
    let error = verify::verify(&token, made(&key), &DIGEST, &signature).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidSignature);
}

/// Half of the r and s on secp521r1 begin with a zero byte.
#[test]
fn leading_zeros_that_both_halves_of_a_signature_have_may_be_missing() {
    let faulty = playing(|control| control.encoding.signature = SignatureForm::StripCommonZeros);
    let token = faulty.open();
    for curve in [Curve::Secp256r1, Curve::Secp521r1] {
        can_sign(&token, curve).unwrap();
        with_key(&token, curve, ALL_USES, |key| {
            for number in 0..64 {
                signs(&token, key, &[number; 64]);
            }
            Ok(())
        })
        .unwrap();
    }
}

/// Where each half lacks its own zeros, the halves cannot be told apart: what is not refused for its length
/// is found out by `verify_after_sign`.
#[test]
fn a_signature_whose_halves_cannot_be_told_apart_is_never_handed_out() {
    let curve = Curve::Secp521r1;
    let faulty = playing(|control| control.encoding.signature = SignatureForm::StripZeros);
    let mut section = faulty.section();
    section.verify_after_sign = Some(true);
    let token = Token::open(Config::try_from(section).unwrap()).unwrap();
    let key = new_key(curve, ALL_USES);
    generate::generate(&token, &key).unwrap();
    let public = export::export_public(&token, made(&key)).unwrap();
    let mut refused = 0;
    for number in 0..200 {
        let digest = [number; 64];
        match sign::sign(&token, made(&key), &digest) {
            Ok(signature) => {
                let signature = signature.as_bytes();
                assert!(judge::verifies(
                    curve,
                    public.as_bytes(),
                    &digest,
                    signature
                ));
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::CorruptionDetected, "{error:?}");
                refused += 1;
            }
        }
    }
    assert!(refused > 0);
}

#[test]
fn wrong_signatures_are_not_handed_out_if_they_are_verified() {
    let curve = Curve::Secp256r1;
    let faulty = playing(|_| {});
    let mut section = faulty.section();
    section.verify_after_sign = Some(true);
    let token = Token::open(Config::try_from(section).unwrap()).unwrap();
    let key = new_key(curve, ALL_USES);
    generate::generate(&token, &key).unwrap();
    signs(&token, &key, &DIGEST);

    // The public key is known by now: verifying asks the token for nothing.
    let asked = calls(&faulty, || {
        drop(sign::sign(&token, made(&key), &DIGEST).unwrap())
    });
    assert_eq!(asked, [(Function::C_SignInit, 1), (Function::C_Sign, 2)]);

    let mut control = faulty.well_behaved();
    control.encoding.signature = SignatureForm::FlipBit;
    faulty.order(control);
    for signed in [
        sign::sign(&token, made(&key), &DIGEST),
        sign::sign_message(&token, made(&key), Hash::Sha256, b"a message"),
    ] {
        let error = signed.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CorruptionDetected, "{error:?}");
        assert!(error.to_string().contains("verify_after_sign"), "{error}");
    }
    faulty.order(faulty.well_behaved());
    signs(&token, &key, &DIGEST);
}

#[test]
fn a_token_whose_signatures_are_wrong_is_said_not_to_sign() {
    let faulty = playing(|control| control.encoding.signature = SignatureForm::FlipBit);
    let token = faulty.open();
    not_supported(can_sign(&token, Curve::Secp256r1));
    let asked = calls(&faulty, || {
        not_supported(can_sign(&token, Curve::Secp256r1))
    });
    assert_eq!(count(&asked, Function::C_SignInit), 0);
}
