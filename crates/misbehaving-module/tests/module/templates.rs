//! Attributes and mechanisms that are refused.

use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass};
use cryptoki::session::Session;
use misbehaving_module::control::{
    Control, ImposeAttribute, KeySizes, RefuseAttribute, RefuseMechanism, RequireAttribute,
    ShowAttribute, TemplateOf,
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
fn attributes_are_imposed() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    // Of a private key whose template says that it is sensitive, or nothing.
    let sensitive = |said: &[Attribute]| -> Outcome<Vec<Attribute>> {
        let public = [Attribute::EcParams(P256.to_vec())];
        let (_, key) = session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, said)?;
        Ok(session.get_attributes(key, &[AttributeType::Sensitive])?)
    };
    let [no, yes] = [[Attribute::Sensitive(false)], [Attribute::Sensitive(true)]];
    assert_eq!(sensitive(&[])?, no);
    for (always, although_said) in [(false, &no), (true, &yes)] {
        let rule = ImposeAttribute {
            always,
            template: TemplateOf::PrivateKey,
            ..ImposeAttribute::new("CKA_SENSITIVE".parse()?, [1])
        };
        fixture.set(|control| Control {
            impose_attribute: vec![rule],
            ..control
        })?;
        assert_eq!(sensitive(&[])?, yes);
        assert_eq!(&sensitive(&no)?, although_said);
        // A public key cannot be sensitive, and SoftHSM2 refuses one that is said to be.
        session.create_object(&[
            Attribute::Class(ObjectClass::PUBLIC_KEY),
            Attribute::KeyType(KeyType::EC),
            Attribute::EcParams(P256.to_vec()),
            Attribute::EcPoint(vec![4, 1, 0]),
        ])?;
    }
    Ok(())
}

#[test]
fn the_sizes_of_keys_that_a_mechanism_takes_are_told_otherwise() -> Outcome {
    let fixture = Fixture::new()?;
    let slot = fixture.slot()?;
    let sizes = KeySizes {
        mechanism: "CKM_ECDSA".parse()?,
        smallest: 1000,
        largest: 2000,
    };
    fixture.set(|control| Control {
        key_sizes: vec![sizes],
        ..control
    })?;
    let told = |mechanism| -> Outcome<(usize, usize)> {
        let info = fixture.pkcs11.get_mechanism_info(slot, mechanism)?;
        Ok((info.min_key_size(), info.max_key_size()))
    };
    assert_eq!(told(MechanismType::ECDSA)?, (1000, 2000));
    assert_ne!(told(MechanismType::ECDH1_DERIVE)?, (1000, 2000));
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

#[test]
fn attributes_are_shown_falsely() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let (public, private) = key_pair(&session)?;
    let shown = |key| -> Outcome<Vec<Attribute>> {
        let asked = [AttributeType::Local, AttributeType::Class];
        let attributes = session.get_attributes(key, &asked)?;
        Ok(attributes.into_iter().take(1).collect())
    };
    let rule = ShowAttribute {
        object: TemplateOf::PrivateKey,
        until: Some(Function::C_SetAttributeValue),
        ..ShowAttribute::new("CKA_LOCAL".parse()?, [0])
    };
    let later = ShowAttribute {
        until: None,
        once: Some(Function::C_SetAttributeValue),
        object: TemplateOf::PublicKey,
        ..rule.clone()
    };
    fixture.set(|control| Control {
        show_attribute: vec![rule, later],
        ..control
    })?;
    assert_eq!(shown(private)?, [Attribute::Local(false)]);
    assert_eq!(shown(public)?, [Attribute::Local(true)]);
    session.update_attributes(private, &[Attribute::Label(b"another".to_vec())])?;
    assert_eq!(shown(private)?, [Attribute::Local(true)]);
    assert_eq!(shown(public)?, [Attribute::Local(false)]);
    Ok(())
}
