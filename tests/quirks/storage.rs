//! Tokens that store objects in another way: none of a session, keys that they cannot use, few sessions.

use misbehaving_module::control::{
    Control, Inject, PointForm, RefuseAttribute, ReportedLimit, Sessions, ShowAttribute, TemplateOf,
};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::ec::{Curve, PublicKey};
use parsec_pkcs11_ecc::op::{capability, destroy, generate, import, sign, verify};
use parsec_pkcs11_ecc::token::Token;

use crate::fixture::{ALL_USES, made, new_key};
use crate::judge::Judge;
use crate::life::{DIGEST, live, signs, store_pair};
use crate::quirk::Found::BySearch;
use crate::quirk::survives;
use crate::quirk::{calls, count, objects, playing, refuse_mechanism, refuse_value, refuses};
use crate::rv::rv;
use crate::threads;

const P256: Curve = Curve::Secp256r1;

/// tpm2-pkcs11.
pub(crate) fn no_session_objects(control: &mut Control) {
    for function in [Function::C_GenerateKeyPair, Function::C_CreateObject] {
        control.refuse_attribute.push(RefuseAttribute {
            function: function.into(),
            ..refuse_value("CKA_TOKEN", 0)
        });
    }
}

#[test]
fn session_objects_may_be_missing() {
    survives(P256, ALL_USES, BySearch, no_session_objects);

    let faulty = playing(no_session_objects);
    let token = faulty.open();
    capability::can_generate(&token, P256).unwrap();
    let next_curve = calls(&faulty, || {
        capability::can_generate(&token, Curve::Secp384r1).unwrap();
    });
    assert_eq!(count(&next_curve, Function::C_GenerateKeyPair), 1);
    let again = calls(&faulty, || {
        capability::can_generate(&token, P256).unwrap();
    });
    assert_eq!(again, [(Function::C_GetMechanismInfo, 1)]);
}

/// NSS takes keys of curves that it lacks.
#[test]
fn keys_that_the_token_takes_and_cannot_use_are_not_stored() {
    for answer in [
        "CKR_HOST_MEMORY",
        "CKR_DOMAIN_PARAMS_INVALID",
        "CKR_FUNCTION_FAILED",
    ] {
        refuses(
            P256,
            capability::can_import_pair,
            |token| store_pair(token, P256, ALL_USES),
            |control| {
                let using = [Function::C_SignInit, Function::C_DeriveKey];
                control.inject = vec![Inject::before(using.to_vec(), rv(answer))];
            },
        );
    }
}

/// opencryptoki has no mechanism for elliptic curves, and takes their keys.
#[test]
fn keys_are_not_stored_on_a_token_without_elliptic_curves() {
    let lacks_curves = |control: &mut Control| {
        let mechanisms = ["CKM_EC_KEY_PAIR_GEN", "CKM_ECDSA", "CKM_ECDH1_DERIVE"];
        control.refuse_mechanism = mechanisms.map(refuse_mechanism).into();
    };
    let import_public = |token: &Token| {
        let point = PublicKey::from_bytes(P256, &Judge::new(P256).public())?;
        import::import_public(token, &new_key(P256, ALL_USES), &point)
    };
    refuses(
        P256,
        capability::can_import_public,
        import_public,
        lacks_curves,
    );
    refuses(
        P256,
        capability::can_import_pair,
        |token| store_pair(token, P256, ALL_USES),
        lacks_curves,
    );
    refuses(
        P256,
        capability::can_generate,
        |token| generate::generate(token, &new_key(P256, ALL_USES)),
        lacks_curves,
    );
}

#[test]
fn imports_may_be_missing() {
    let answers = ["CKR_ATTRIBUTE_VALUE_INVALID", "CKR_FUNCTION_NOT_SUPPORTED"];
    for answer in answers {
        let no_imports = |control: &mut Control| {
            control.inject = vec![Inject::before(Function::C_CreateObject, rv(answer))];
        };
        refuses(
            P256,
            capability::can_import_pair,
            |token| store_pair(token, P256, ALL_USES),
            no_imports,
        );
        let faulty = playing(no_imports);
        let token = faulty.open();
        let key = new_key(P256, ALL_USES);
        generate::generate(&token, &key).unwrap();
        signs(&token, &key, &DIGEST);
    }
}

/// With NSS both halves of a key may be one object: the second is gone with the first.
#[test]
fn an_object_that_went_with_the_other_half_is_destroyed() {
    let faulty = playing(|_| {});
    let token = faulty.open();
    let key = new_key(P256, ALL_USES);
    generate::generate(&token, &key).unwrap();
    let mut control = faulty.well_behaved();
    let gone = rv("CKR_OBJECT_HANDLE_INVALID");
    control.inject = vec![Inject::after(Function::C_DestroyObject, gone).nth(2)];
    faulty.order(control);
    assert_eq!(destroy::destroy_pair(&token, made(&key)).unwrap(), 2);
    assert_eq!(objects(&faulty), 0);
}

#[test]
fn one_session_is_enough() {
    for reported in [
        Some(ReportedLimit::Sessions(1)),
        Some(ReportedLimit::Unavailable),
        Some(ReportedLimit::Infinite),
        None,
    ] {
        let faulty = playing(|control| {
            control.sessions = Sessions {
                limit: Some(1),
                reported,
            };
        });
        let token = faulty.open();
        threads::run(4, |_| (0..3).for_each(|_| live(&token, P256, ALL_USES)));
        assert_eq!(faulty.statistics().calls(Function::C_Login), 1);
    }
}

/// What a search for one kind of object was in vain for says nothing about the other, nor about another encoding.
#[test]
fn differences_of_several_kinds_at_once_are_found() {
    let wants_private = |control: &mut Control| {
        control
            .refuse_attribute
            .push(refuse_value("CKA_PRIVATE", 0));
    };
    survives(P256, ALL_USES, BySearch, |control| {
        no_session_objects(control);
        wants_private(control);
    });
    survives(P256, ALL_USES, BySearch, |control| {
        control.encoding.create_point = PointForm::Raw;
        wants_private(control);
    });
}

/// An error that comes once, after the objects were made: the trial is repeated with others.
#[test]
fn a_trial_that_was_repeated_leaves_nothing() {
    for answer in ["CKR_SESSION_HANDLE_INVALID", "CKR_GENERAL_ERROR"] {
        let faulty = playing(|control| {
            let failed = Inject::before(Function::C_GetAttributeValue, rv(answer));
            control.inject = vec![failed.nth(1)];
        });
        let token = faulty.open();
        capability::can_export(&token, P256).unwrap();
        assert_eq!(objects(&faulty), 0, "{answer}");
    }
}

/// Closed, it ends the login, and with that all handles.
#[test]
fn the_only_session_is_the_login() {
    let faulty = playing(|control| control.sessions.limit = Some(1));
    let token = faulty.open();
    let key = new_key(P256, ALL_USES);
    generate::generate(&token, &key).unwrap();
    let signature = sign::sign(&token, made(&key), &DIGEST).unwrap();
    let verified = || verify::verify(&token, made(&key), &DIGEST, signature.as_bytes());
    verified().unwrap();
    let mut control = faulty.well_behaved();
    control.sessions.limit = Some(1);
    let failed = Inject::before(Function::C_Verify, rv("CKR_GENERAL_ERROR"));
    control.inject = vec![failed.nth(1)];
    faulty.order(control);
    let again = calls(&faulty, || verified().unwrap());
    assert_eq!(count(&again, Function::C_Login), 1);
}

/// It is there, and that it is not would let its name be taken away.
#[test]
fn a_key_whose_curve_cannot_be_read_is_not_gone() {
    let faulty = playing(|_| {});
    let token = faulty.open();
    let key = new_key(P256, ALL_USES);
    generate::generate(&token, &key).unwrap();
    let params = "CKA_EC_PARAMS".parse().unwrap();
    let mut control = faulty.well_behaved();
    control.show_attribute = vec![ShowAttribute::new(params, [0x30, 0x00])];
    faulty.order(control);
    let error = destroy::destroy_pair(&token, made(&key)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CorruptionDetected, "{error}");
    assert_eq!(objects(&faulty), 2);
}

/// It would not be found, or not be known, when it is to be used.
#[test]
fn a_key_that_is_shown_as_another_kind_is_not_kept() {
    let eddsa = 0x40_u64.to_ne_bytes().to_vec();
    for (attribute, value) in [
        ("CKA_EC_PARAMS", vec![0x30, 0x00]),
        ("CKA_EC_PARAMS", Curve::Secp384r1.ec_params()),
        ("CKA_KEY_TYPE", eddsa),
    ] {
        for object in [TemplateOf::PublicKey, TemplateOf::PrivateKey] {
            let faulty = playing(|control| {
                control.show_attribute = vec![ShowAttribute {
                    object,
                    ..ShowAttribute::new(attribute.parse().unwrap(), value.clone())
                }];
            });
            let token = faulty.open();
            let refusals = [
                generate::generate(&token, &new_key(P256, ALL_USES)),
                store_pair(&token, P256, ALL_USES),
                capability::can_generate(&token, P256),
            ];
            for refusal in refusals {
                let error = refusal.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}");
            }
            assert_eq!(objects(&faulty), 0, "{attribute} {value:02x?}");
        }
    }
}
