//! Faults of objects and their handles.

use misbehaving_module::control::{Alias, ImposeAttribute, KeyClass, RefuseAttribute, TemplateOf};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::check::{Fact, Outcome};

use crate::answer::{always, nth};
use crate::fault::{Faulty, is_caught};
use crate::run::check;

fn imposed(attribute: &str, value: u8, template: TemplateOf) -> ImposeAttribute {
    ImposeAttribute {
        always: true,
        function: Function::C_GenerateKeyPair.into(),
        template,
        ..ImposeAttribute::new(attribute.parse().unwrap(), [value])
    }
}

fn unsearchable(attribute: &str) -> RefuseAttribute {
    RefuseAttribute {
        function: Function::C_FindObjectsInit.into(),
        ..RefuseAttribute::new(attribute.parse().unwrap())
    }
}

#[test]
fn labels_that_cannot_be_searched_for() {
    is_caught("objects.found", Outcome::Warn, |control| {
        control.refuse_attribute.push(unsearchable("CKA_LABEL"));
    });
}

#[test]
fn a_search_that_finds_nothing() {
    is_caught("objects.found", Outcome::Fail, |control| {
        control.refuse_attribute.push(unsearchable("CKA_KEY_TYPE"));
    });
}

#[test]
fn keys_of_the_token_that_go_with_the_session() {
    is_caught("objects.persistent", Outcome::Fail, |control| {
        control
            .impose_attribute
            .push(imposed("CKA_TOKEN", 0, TemplateOf::Both));
    });
}

#[test]
fn keys_of_a_session_that_stay() {
    let case = is_caught("objects.session-objects", Outcome::Fail, |control| {
        control
            .impose_attribute
            .push(imposed("CKA_TOKEN", 1, TemplateOf::Both));
    });
    assert!(case.findings[0].actual.starts_with("both keys"));
}

#[test]
fn a_destruction_that_does_nothing() {
    is_caught("objects.destroyed", Outcome::Fail, |control| {
        always(control, Function::C_DestroyObject, "CKR_OK");
    });
}

/// tpm2-pkcs11.
#[test]
fn a_destroyed_object_that_is_named_otherwise() {
    is_caught("objects.destroyed", Outcome::Warn, |control| {
        control.inject.push(
            misbehaving_module::control::Inject::after(
                Function::C_GetAttributeValue,
                "CKR_KEY_HANDLE_INVALID".parse().unwrap(),
            )
            .nth(last_look()),
        );
    });
}

/// The number of the look at the destroyed object among the calls of C_GetAttributeValue.
fn last_look() -> u64 {
    let directory = tempfile::tempdir().unwrap();
    let counts = directory.path().join("counts");
    let token = Faulty::new(|control| control.statistics = Some(counts.clone()));
    check(&token.access, &["--filter", "objects.destroyed"]);
    misbehaving_module::statistics::Statistics::read(&counts)
        .unwrap()
        .calls(Function::C_GetAttributeValue)
}

#[test]
fn private_keys_that_anybody_sees() {
    is_caught("objects.private-hidden", Outcome::Fail, |control| {
        control
            .impose_attribute
            .push(imposed("CKA_PRIVATE", 0, TemplateOf::PrivateKey));
    });
}

#[test]
fn handles_that_are_given_again() {
    let case = is_caught("objects.handle-reuse", Outcome::Warn, |control| {
        control.handles.reuse_objects = true;
    });
    assert_eq!(case.facts, [Fact::HandleCache { keep: false }]);
}

/// tpm2-pkcs11.
#[test]
fn handles_that_are_mixed_up() {
    let case = is_caught("objects.handles-apart", Outcome::Warn, |control| {
        control.alias.push(Alias::new(
            Function::C_GenerateKeyPair,
            KeyClass::PrivateKey,
        ));
    });
    assert!(case.facts.contains(&Fact::RenewAfterDestroy));
}

/// NSS merges public keys with one CKA_ID.
#[test]
fn two_public_keys_that_are_one() {
    is_caught("objects.same-id", Outcome::Warn, |control| {
        nth(
            control,
            Function::C_DestroyObject,
            2,
            "CKR_OBJECT_HANDLE_INVALID",
        );
    });
}

/// AWS CloudHSM has none of it, which is no fault.
#[test]
fn labels_that_do_not_change() {
    is_caught("objects.set-label", Outcome::Fail, |control| {
        always(control, Function::C_SetAttributeValue, "CKR_OK");
    });
    for refusal in ["CKR_FUNCTION_NOT_SUPPORTED", "CKR_ACTION_PROHIBITED"] {
        is_caught("objects.set-label", Outcome::Skip, |control| {
            always(control, Function::C_SetAttributeValue, refusal);
        });
    }
}

#[test]
fn objects_that_stay_are_found_at_the_end() {
    for answer in ["CKR_OK", "CKR_ACTION_PROHIBITED"] {
        let token = Faulty::new(|control| {
            always(control, Function::C_DestroyObject, answer);
        });
        let checked = check(&token.access, &["--suite", "objects"]);
        assert_eq!(
            checked.outcome("objects.no-trace"),
            Outcome::Fail,
            "{answer}"
        );
    }
    let checked = check(&Faulty::new(|_| {}).access, &["--suite", "objects"]);
    assert_eq!(checked.outcome("objects.no-trace"), Outcome::Pass);
}
