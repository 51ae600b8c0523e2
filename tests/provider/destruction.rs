//! Tests of `provider::destruction`: exactly a key's objects go, and its name last.

use cryptoki::object::{Attribute, KeyType, ObjectClass};
use parsec_interface::requests::ResponseStatus;
use parsec_service::utils::config::KeyInfoManagerType;

use crate::fixture::{Client, MANAGERS, Place, identity, signed_by, signing_pair};
use crate::threads;

#[test]
fn a_destroyed_key_leaves_neither_object_nor_mapping() {
    for manager in MANAGERS {
        let place = Place::new(manager);
        let provider = place.provider();
        provider.generate("key", signing_pair()).unwrap();
        assert_eq!(place.objects(), 2);
        provider.destroy("key").unwrap();
        assert_eq!(place.objects(), 0);
        assert!(place.client().get_all().unwrap().is_empty());
        assert_eq!(
            provider.destroy("key"),
            Err(ResponseStatus::PsaErrorDoesNotExist)
        );
        provider.generate("key", signing_pair()).unwrap();
        provider.sign("key").unwrap();
    }
}

#[test]
fn what_shares_the_identifier_but_is_not_the_key_stays() {
    let place = Place::new(KeyInfoManagerType::OnDisk);
    let provider = place.provider();
    provider.generate("key", signing_pair()).unwrap();
    let stored: u32 = place.client().get_key_id(&identity("key")).unwrap();
    let id = Attribute::Id(stored.to_be_bytes().to_vec());
    let session = place.session();
    session
        .create_object(&[
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::GENERIC_SECRET),
            Attribute::Token(true),
            Attribute::Value(vec![1; 16]),
            id.clone(),
        ])
        .unwrap();
    let p384 = hex::decode("06052b81040022").unwrap();
    session
        .generate_key_pair(
            &cryptoki::mechanism::Mechanism::EccKeyPairGen,
            &[
                Attribute::Token(true),
                Attribute::EcParams(p384),
                id.clone(),
            ],
            &[Attribute::Token(true), id.clone()],
        )
        .unwrap();

    provider.sign("key").unwrap();
    provider.destroy("key").unwrap();
    assert_eq!(session.find_objects(&[id]).unwrap().len(), 3);
}

#[test]
fn two_objects_that_could_be_the_key_are_an_error_and_none_is_destroyed() {
    let place = Place::new(KeyInfoManagerType::OnDisk);
    let provider = place.provider();
    provider.generate("key", signing_pair()).unwrap();
    let session = place.session();
    let twin = session
        .copy_object(place.private_key(&session), &[])
        .unwrap();

    for result in [provider.sign("key").map(|_| ()), provider.destroy("key")] {
        assert_eq!(result, Err(ResponseStatus::PsaErrorCorruptionDetected));
    }
    assert_eq!(place.objects(), 3);
    session.destroy_object(twin).unwrap();
    provider.destroy("key").unwrap();
    assert_eq!(place.objects(), 0);
}

#[test]
fn a_key_destroyed_by_somebody_else_is_noticed_although_it_was_used() {
    let place = Place::new(KeyInfoManagerType::OnDisk);
    let provider = place.provider();
    provider.generate("key", signing_pair()).unwrap();
    provider.generate("other", signing_pair()).unwrap();
    provider.sign("key").unwrap();
    provider.export_public("key").unwrap();
    let stored: u32 = place.client().get_key_id(&identity("key")).unwrap();
    let session = place.session();
    let id = Attribute::Id(stored.to_be_bytes().to_vec());
    for object in session.find_objects(&[id]).unwrap() {
        session.destroy_object(object).unwrap();
    }
    for result in [provider.sign("key"), provider.export_public("key")] {
        assert_eq!(result, Err(ResponseStatus::PsaErrorDoesNotExist));
    }
    provider.sign("other").unwrap();
}

#[test]
fn a_key_is_destroyed_under_those_who_use_it_and_no_other_key_answers_for_it() {
    let place = Place::new(KeyInfoManagerType::SQLite);
    let provider = place.provider();
    for _ in 0..10 {
        provider.generate("key", signing_pair()).unwrap();
        let point = provider.export_public("key").unwrap();
        let sign = || {
            loop {
                match provider.sign("key") {
                    Ok(signature) => assert!(signed_by(&point, &signature)),
                    Err(status) => {
                        assert_eq!(status, ResponseStatus::PsaErrorDoesNotExist);
                        return;
                    }
                }
            }
        };
        let destroy = || {
            provider.destroy("key").unwrap();
            provider.generate("another", signing_pair()).unwrap();
            provider.destroy("another").unwrap();
        };
        threads::run(5, |number| match number {
            4 => destroy(),
            _ => sign(),
        });
    }
    assert_eq!(place.objects(), 0);
}

#[test]
fn a_key_whose_objects_are_gone_is_destroyed_by_its_mapping() {
    let place = Place::new(KeyInfoManagerType::SQLite);
    let provider = place.provider();
    provider.generate("key", signing_pair()).unwrap();
    let session = place.session();
    for object in session.find_objects(&[]).unwrap() {
        session.destroy_object(object).unwrap();
    }
    assert_eq!(
        provider.sign("key"),
        Err(ResponseStatus::PsaErrorDoesNotExist)
    );
    assert_eq!(provider.names(), ["key"]);
    provider.destroy("key").unwrap();
    assert!(provider.names().is_empty());
}
