//! Faults in the import of keys.

use misbehaving_module::control::{
    Control, Inject, PointForm, RefuseAttribute, ShowAttribute, SignatureForm, TemplateOf,
};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::check::{Fact, Outcome};

use crate::fault::{Faulty, is_caught};
use crate::run::check;

fn answer(control: &mut Control, function: Function, answer: &str) {
    control.inject = vec![Inject::before(function, answer.parse().unwrap())];
}

/// The forms that AWS CloudHSM, Kryoptic and others take differ.
#[test]
fn points_have_to_be_raw() {
    is_caught("import.secp256r1.public", Outcome::Warn, |control| {
        control.encoding.create_point = PointForm::Raw;
    });
}

/// tpm2-pkcs11 1.9.
#[test]
fn nothing_is_imported() {
    for id in ["import.secp256r1.public", "import.secp256r1.pair"] {
        is_caught(id, Outcome::Skip, |control| {
            answer(
                control,
                Function::C_CreateObject,
                "CKR_FUNCTION_NOT_SUPPORTED",
            );
        });
    }
}

#[test]
fn templates_are_refused() {
    let case = is_caught("import.secp256r1.public", Outcome::Warn, |control| {
        control.refuse_attribute = vec![RefuseAttribute {
            function: Function::C_CreateObject.into(),
            template: TemplateOf::PublicKey,
            ..RefuseAttribute::new("CKA_VERIFY".parse().unwrap())
        }];
    });
    let change = "CKA_VERIFY".to_owned();
    assert_eq!(case.facts, [Fact::Template { change }]);
}

/// SoftHSM2, with points that it takes for something else.
#[test]
fn an_imported_key_never_verifies() {
    is_caught("import.secp256r1.public", Outcome::Fail, |control| {
        answer(control, Function::C_Verify, "CKR_SIGNATURE_INVALID");
    });
}

#[test]
fn an_imported_key_verifies_everything() {
    is_caught("import.secp256r1.public", Outcome::Fail, |control| {
        answer(control, Function::C_Verify, "CKR_OK");
    });
}

/// opencryptoki and NSS: it is taken, and cannot be used.
#[test]
fn an_imported_pair_cannot_be_used() {
    is_caught("import.secp256r1.pair", Outcome::Fail, |control| {
        // The first signature is that of a key which the token made.
        let answer = "CKR_HOST_MEMORY".parse().unwrap();
        control.inject = vec![Inject::before(Function::C_SignInit, answer).nth(2)];
    });
}

#[test]
fn an_imported_pair_signs_wrongly() {
    is_caught("import.secp256r1.pair", Outcome::Fail, |control| {
        control.encoding.signature = SignatureForm::FlipBit;
    });
}

/// Kryoptic refuses one zero too many, so another may refuse those that belong there.
#[test]
fn leading_zeros_are_refused() {
    let id = "import.secp256r1.pair.leading-zeros";
    is_caught(id, Outcome::Fail, |control| {
        // The first key begins with no zeros, but for one in 256.
        let answer = "CKR_ATTRIBUTE_VALUE_INVALID".parse().unwrap();
        control.inject = vec![Inject::before(Function::C_CreateObject, answer).nth(2)];
    });
}

#[test]
fn an_imported_pair_claims_to_be_of_the_token() {
    for attribute in ["CKA_LOCAL", "CKA_NEVER_EXTRACTABLE", "CKA_ALWAYS_SENSITIVE"] {
        is_caught("import.secp256r1.attributes", Outcome::Fail, |control| {
            let attribute = attribute.parse().unwrap();
            control.show_attribute = vec![ShowAttribute::new(attribute, [1])];
        });
    }
}

/// Nothing has to be played: SoftHSM2 does not validate points, and stores keys of every curve.
#[test]
fn softhsm_takes_what_it_should_refuse() {
    let checked = check(&Faulty::new(|_| {}).access, &["--suite", "import"]);
    for id in [
        "import.secp256r1.public.off-curve",
        "import.lacking-curve.refused",
    ] {
        assert_eq!(
            checked.outcome(id),
            Outcome::Warn,
            "{:#?}",
            checked.case(id)
        );
    }
}
