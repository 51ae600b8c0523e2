//! Attributes and mechanisms that are refused.

use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::Attribute;
use cryptoki::session::Session;
use misbehaving_module::control::{
    Control, RefuseAttribute, RefuseMechanism, RequireAttribute, TemplateOf,
};
use misbehaving_module::names::Function;

use crate::fixture::{Fixture, Outcome, P256, key_pair, rv, sign, told};

fn generate(session: &Session, public: &[Attribute], private: &[Attribute]) -> String {
    let mut all = vec![Attribute::EcParams(P256.to_vec())];
    all.extend_from_slice(public);
    let pair = session.generate_key_pair(&Mechanism::EccKeyPairGen, &all, private);
    told(pair.map(|_| ()))
}

#[test]
fn attributes_are_refused() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let allowed = Attribute::AllowedMechanisms(vec![MechanismType::ECDSA]);
    let refuse = |change: &dyn Fn(RefuseAttribute) -> RefuseAttribute| -> Outcome {
        let rule = change(RefuseAttribute::new("CKA_ALLOWED_MECHANISMS".parse()?));
        fixture.set(|control| Control {
            refuse_attribute: vec![rule],
            ..control
        })
    };

    refuse(&|rule| rule)?;
    let private = [allowed];
    assert_eq!(generate(&session, &[], &private), "AttributeTypeInvalid");
    assert_eq!(generate(&session, &private, &[]), "AttributeTypeInvalid");
    assert_eq!(generate(&session, &[], &[]), "Ok(())");

    refuse(&|rule| RefuseAttribute {
        template: TemplateOf::PublicKey,
        ..rule
    })?;
    assert_eq!(generate(&session, &[], &private), "Ok(())");

    refuse(&|rule| RefuseAttribute {
        function: Function::C_DeriveKey.into(),
        ..rule
    })?;
    assert_eq!(generate(&session, &[], &private), "Ok(())");

    let answer = rv("CKR_GENERAL_ERROR")?;
    refuse(&|rule| RefuseAttribute { answer, ..rule })?;
    assert_eq!(generate(&session, &[], &private), "GeneralError");
    Ok(())
}

#[test]
fn values_are_refused_and_required() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let private = "CKA_PRIVATE".parse()?;
    fixture.set(|control| Control {
        refuse_attribute: vec![RefuseAttribute {
            value: Some(vec![0]),
            ..RefuseAttribute::new(private)
        }],
        ..control
    })?;
    let (no, yes) = ([Attribute::Private(false)], [Attribute::Private(true)]);
    assert_eq!(generate(&session, &no, &[]), "AttributeTypeInvalid");
    assert_eq!(generate(&session, &yes, &[]), "Ok(())");

    fixture.set(|control| Control {
        require_attribute: vec![RequireAttribute {
            template: TemplateOf::PrivateKey,
            ..RequireAttribute::new(private, [1])
        }],
        ..control
    })?;
    assert_eq!(generate(&session, &[], &no), "TemplateIncomplete");
    assert_eq!(generate(&session, &[], &[]), "TemplateIncomplete");
    assert_eq!(generate(&session, &[], &yes), "Ok(())");
    Ok(())
}

#[test]
fn mechanisms_are_refused() -> Outcome {
    let fixture = Fixture::new()?;
    let slot = fixture.slot()?;
    let session = fixture.logged_in()?;
    let (_, key) = key_pair(&session)?;
    let refuse = |listed, answer: &str| -> Outcome {
        let rule = RefuseMechanism {
            listed,
            answer: rv(answer)?,
            ..RefuseMechanism::new("CKM_ECDSA".parse()?)
        };
        fixture.set(|control| Control {
            refuse_mechanism: vec![rule],
            ..control
        })
    };
    let is_listed = || -> Outcome<bool> {
        let list = fixture.pkcs11.get_mechanism_list(slot)?;
        Ok(list.contains(&MechanismType::ECDSA))
    };
    assert!(is_listed()?);

    refuse(false, "CKR_MECHANISM_INVALID")?;
    assert!(!is_listed()?);
    let info = fixture
        .pkcs11
        .get_mechanism_info(slot, MechanismType::ECDSA);
    assert_eq!(told(info), "MechanismInvalid");
    assert_eq!(told(sign(&session, key)), "MechanismInvalid");

    refuse(true, "CKR_FUNCTION_NOT_SUPPORTED")?;
    assert!(is_listed()?);
    fixture
        .pkcs11
        .get_mechanism_info(slot, MechanismType::ECDSA)?;
    assert_eq!(told(sign(&session, key)), "FunctionNotSupported");
    Ok(())
}
