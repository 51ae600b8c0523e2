//! Points, private values, secrets and signatures in other encodings.

use std::num::NonZeroU64;

use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::elliptic_curve::{EcKdf, Ecdh1DeriveParams};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use misbehaving_module::control::{
    Control, Digests, Encoding, PointEncoding, PointForm, SecretValue, SignatureForm,
};

use crate::fixture::{Fixture, Outcome, P256, key_pair, rv, sign, told};

fn encode(fixture: &Fixture, change: impl FnOnce(Encoding) -> Encoding) -> Outcome {
    fixture.set(|control| Control {
        encoding: change(Encoding::default()),
        ..control
    })
}

/// The value among others, so that both what is changed and what is not is asked for.
fn read(session: &Session, key: ObjectHandle, attribute: AttributeType) -> Outcome<Vec<u8>> {
    let asked = [AttributeType::KeyType, attribute, AttributeType::Class];
    let attributes = session.get_attributes(key, &asked)?;
    assert_eq!(attributes.len(), 3, "{attributes:?}");
    match attributes.into_iter().nth(1) {
        Some(Attribute::EcPoint(value) | Attribute::Value(value)) => Ok(value),
        other => Err(format!("not asked for: {other:?}").into()),
    }
}

fn derive(
    session: &Session,
    key: ObjectHandle,
    point: &[u8],
) -> cryptoki::error::Result<ObjectHandle> {
    session.derive_key(
        &Mechanism::Ecdh1Derive(Ecdh1DeriveParams::new(EcKdf::null(), point)),
        key,
        &[
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::GENERIC_SECRET),
            Attribute::Token(false),
            Attribute::Sensitive(false),
            Attribute::Extractable(true),
        ],
    )
}

#[test]
fn points_are_read_in_other_encodings() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let (public, _) = key_pair(&session)?;
    let der = read(&session, public, AttributeType::EcPoint)?;
    assert_eq!((der.len(), &der[..3]), (67, &[4, 65, 4][..]));

    encode(&fixture, |encoding| Encoding {
        ec_point: PointEncoding::Raw,
        ..encoding
    })?;
    assert_eq!(read(&session, public, AttributeType::EcPoint)?, der[2..]);

    encode(&fixture, |encoding| Encoding {
        ec_point: PointEncoding::BitString,
        ..encoding
    })?;
    let bit_string = read(&session, public, AttributeType::EcPoint)?;
    assert_eq!(bit_string, [&[3, 66, 0], &der[2..]].concat());

    encode(&fixture, |encoding| Encoding {
        ec_point: PointEncoding::BareLength,
        ..encoding
    })?;
    assert_eq!(read(&session, public, AttributeType::EcPoint)?, der);
    Ok(())
}

#[test]
fn private_values_change() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let mut scalar = vec![0; 32];
    scalar[30] = 2;
    let key = session.create_object(&[
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::KeyType(KeyType::EC),
        Attribute::Token(false),
        Attribute::Sensitive(false),
        Attribute::Extractable(true),
        Attribute::EcParams(P256.to_vec()),
        Attribute::Value(scalar.clone()),
    ])?;
    assert_eq!(read(&session, key, AttributeType::Value)?, scalar);
    for (private_value, expected) in [
        (SecretValue::StripZeros, vec![2, 0]),
        (SecretValue::PadZero, [&[0], &scalar[..]].concat()),
    ] {
        encode(&fixture, |encoding| Encoding {
            private_value,
            ..encoding
        })?;
        assert_eq!(read(&session, key, AttributeType::Value)?, expected);
    }
    Ok(())
}

#[test]
fn secrets_change() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let (public, _) = key_pair(&session)?;
    let (_, private) = key_pair(&session)?;
    let point = read(&session, public, AttributeType::EcPoint)?;
    let secret = derive(&session, private, &point)?;
    let value = read(&session, secret, AttributeType::Value)?;
    assert_eq!(value.len(), 32);
    for (change, expected) in [
        (SecretValue::CutFirst, &value[1..]),
        (SecretValue::CutLast, &value[..31]),
    ] {
        encode(&fixture, |encoding| Encoding {
            secret: change,
            ..encoding
        })?;
        assert_eq!(read(&session, secret, AttributeType::Value)?, expected);
    }

    let begins_with_zero = session.create_object(&[
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::GENERIC_SECRET),
        Attribute::Token(false),
        Attribute::Sensitive(false),
        Attribute::Extractable(true),
        Attribute::Value(vec![0, 0, 5, 0]),
    ])?;
    encode(&fixture, |encoding| Encoding {
        secret: SecretValue::StripZeros,
        ..encoding
    })?;
    let stripped = read(&session, begins_with_zero, AttributeType::Value)?;
    assert_eq!(stripped, [5, 0]);
    Ok(())
}

#[test]
fn signatures_lose_leading_zeros() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let (_, key) = key_pair(&session)?;
    encode(&fixture, |encoding| Encoding {
        signature: SignatureForm::StripZeros,
        ..encoding
    })?;
    // One in 128 has a half that begins with a zero.
    for _ in 0..10_000 {
        if sign(&session, key)?.len() < 64 {
            return Ok(());
        }
    }
    Err("no signature was short".into())
}

#[test]
fn signatures_can_be_wrong() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let (public, key) = key_pair(&session)?;
    let verify = |signature: &[u8]| session.verify(&Mechanism::Ecdsa, public, &[7; 32], signature);
    encode(&fixture, |encoding| Encoding {
        signature: SignatureForm::FlipBit,
        ..encoding
    })?;
    let mut signature = sign(&session, key)?;
    assert_eq!(told(verify(&signature)), "SignatureInvalid");
    signature[63] ^= 1;
    verify(&signature)?;
    Ok(())
}

#[test]
fn each_third_signature_can_be_wrong() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let (public, key) = key_pair(&session)?;
    encode(&fixture, |encoding| Encoding {
        signature: SignatureForm::FlipBit,
        signature_every: NonZeroU64::new(3),
        ..encoding
    })?;
    let mut right = Vec::new();
    for _ in 0..6 {
        let signature = sign(&session, key)?;
        let verified = session.verify(&Mechanism::Ecdsa, public, &[7; 32], &signature);
        right.push(verified.is_ok());
    }
    assert_eq!(right, [true, true, false, true, true, false]);
    Ok(())
}

#[test]
fn points_that_are_none_can_give_a_secret() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let (public, private) = key_pair(&session)?;
    let point = read(&session, public, AttributeType::EcPoint)?;
    let mut off_curve = point.clone();
    off_curve[66] ^= 1;
    assert!(derive(&session, private, &off_curve).is_err());
    encode(&fixture, |encoding| Encoding {
        derive_instead: Some(point.clone()),
        ..encoding
    })?;
    let secret = derive(&session, private, &off_curve)?;
    let same = derive(&session, private, &point)?;
    assert_eq!(
        read(&session, secret, AttributeType::Value)?,
        read(&session, same, AttributeType::Value)?
    );
    Ok(())
}

#[test]
fn digests_are_taken_in_some_lengths_only() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let (public, key) = key_pair(&session)?;
    let signature = sign(&session, key)?;
    let answer = rv("CKR_GENERAL_ERROR")?;
    fixture.set(|control| Control {
        digests: Digests {
            lengths: Some(vec![20, 32]),
            answer,
        },
        ..control
    })?;
    for _ in 0..2 {
        let signed = session.sign(&Mechanism::Ecdsa, key, &[7; 28]);
        assert_eq!(told(signed), "GeneralError");
        let verified = session.verify(&Mechanism::Ecdsa, public, &[7; 28], &signature);
        assert_eq!(told(verified), "GeneralError");
    }
    session.sign(&Mechanism::Ecdsa, key, &[7; 20])?;
    session.verify(&Mechanism::Ecdsa, public, &[7; 32], &signature)?;
    Ok(())
}

#[test]
fn peers_are_taken_in_one_form_only() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let (public, _) = key_pair(&session)?;
    let (_, private) = key_pair(&session)?;
    let der = read(&session, public, AttributeType::EcPoint)?;
    let raw = der[2..].to_vec();
    let secret = derive(&session, private, &der)?;
    let secret = read(&session, secret, AttributeType::Value)?;
    for (derive_point, accepted, refused) in
        [(PointForm::Der, &der, &raw), (PointForm::Raw, &raw, &der)]
    {
        encode(&fixture, |encoding| Encoding {
            derive_point,
            ..encoding
        })?;
        let refusal = derive(&session, private, refused);
        assert_eq!(told(refusal), "MechanismParamInvalid");
        let same = derive(&session, private, accepted)?;
        assert_eq!(read(&session, same, AttributeType::Value)?, secret);
    }
    Ok(())
}

#[test]
fn public_keys_are_taken_in_one_form_only() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let (public, private) = key_pair(&session)?;
    let der = read(&session, public, AttributeType::EcPoint)?;
    let raw = der[2..].to_vec();
    let signature = sign(&session, private)?;
    let create = |point: &[u8]| {
        session.create_object(&[
            Attribute::Class(ObjectClass::PUBLIC_KEY),
            Attribute::KeyType(KeyType::EC),
            Attribute::Token(false),
            Attribute::Verify(true),
            Attribute::EcParams(P256.to_vec()),
            Attribute::EcPoint(point.to_vec()),
        ])
    };
    for (create_point, accepted, refused) in
        [(PointForm::Der, &der, &raw), (PointForm::Raw, &raw, &der)]
    {
        encode(&fixture, |encoding| Encoding {
            create_point,
            ..encoding
        })?;
        assert_eq!(told(create(refused)), "AttributeValueInvalid");
        let imported = create(accepted)?;
        session.verify(&Mechanism::Ecdsa, imported, &[7; 32], &signature)?;
    }
    Ok(())
}
