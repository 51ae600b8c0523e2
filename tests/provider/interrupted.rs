//! Tests of what a start does with creations and destructions that were interrupted, and of what it
//! never does.

use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use parsec_interface::requests::ResponseStatus;
use parsec_service::utils::config::KeyInfoManagerType;

use crate::fixture::{Client, MANAGERS, Place, identity, signing_pair};

const PENDING: u8 = 1;
const READY: u8 = 2;
const DESTROYING: u8 = 3;

/// The stored format, written out: number, magic, version, state, serial number.
fn stored(id: u32, state: u8, serial: &str) -> (u32, [u8; 4], u8, u8, String) {
    (id, *b"PECC", 1, state, serial.to_owned())
}

fn store(place: &Place, name: &str, id: u32, state: u8, serial: &str) {
    place
        .client()
        .insert_key_info(identity(name), &stored(id, state, serial), signing_pair())
        .unwrap();
}

/// Makes the objects of a key past the provider.
fn make_objects(place: &Place, id: u32, label: &str) {
    let p256 = hex::decode("06082a8648ce3d030107").unwrap();
    let common = |token| {
        vec![
            Attribute::Token(token),
            Attribute::Id(id.to_be_bytes().to_vec()),
            Attribute::Label(label.as_bytes().to_vec()),
        ]
    };
    let mut public = common(true);
    public.push(Attribute::EcParams(p256));
    place
        .session()
        .generate_key_pair(&Mechanism::EccKeyPairGen, &public, &common(true))
        .unwrap();
}

#[test]
fn a_pending_key_is_undone_with_and_without_objects() {
    for manager in MANAGERS {
        let place = Place::new(manager);
        store(&place, "half", 0x11, PENDING, place.token.serial());
        store(&place, "none", 0x22, PENDING, place.token.serial());
        make_objects(&place, 0x11, "parsec:test:00000011");

        let provider = place.provider();
        assert_eq!(place.objects(), 0);
        assert!(place.client().get_all().unwrap().is_empty());
        provider.generate("half", signing_pair()).unwrap();
    }
}

#[test]
fn objects_that_this_installation_did_not_make_are_not_undone() {
    for label in ["", "parsec:other:00000011", "parsec:test:00000012"] {
        let place = Place::new(KeyInfoManagerType::OnDisk);
        store(&place, "half", 0x11, PENDING, place.token.serial());
        make_objects(&place, 0x11, label);
        drop(place.provider());
        assert_eq!(place.objects(), 2, "{label}");
    }
}

#[test]
fn a_destruction_that_was_begun_is_finished_whoever_made_the_key() {
    for manager in MANAGERS {
        for label in ["parsec:test:00000011", ""] {
            let place = Place::new(manager);
            store(&place, "doomed", 0x11, DESTROYING, place.token.serial());
            make_objects(&place, 0x11, label);
            let provider = place.provider();
            assert_eq!(place.objects(), 0);
            assert!(provider.names().is_empty());
        }
    }
}

#[test]
fn on_another_token_nothing_is_finished_and_nothing_removed() {
    for manager in MANAGERS {
        let place = Place::new(manager);
        store(&place, "pending", 0x11, PENDING, "another token");
        store(&place, "doomed", 0x22, DESTROYING, "another token");
        store(&place, "unknown", 0x33, PENDING, "");
        make_objects(&place, 0x11, "parsec:test:00000011");
        make_objects(&place, 0x22, "parsec:test:00000022");
        make_objects(&place, 0x33, "parsec:test:00000033");

        let provider = place.provider();
        assert_eq!(place.objects(), 6);
        assert_eq!(place.client().get_all().unwrap().len(), 3);
        // A pending key is none for a client; one that is being destroyed can be destroyed again.
        assert_eq!(provider.names(), ["doomed"]);
        for name in ["pending", "doomed"] {
            assert_eq!(
                provider.sign(name),
                Err(ResponseStatus::PsaErrorDoesNotExist)
            );
        }
    }
}

#[test]
fn without_a_login_nothing_is_finished() {
    let place = Place::new(KeyInfoManagerType::OnDisk);
    store(&place, "pending", 0x11, PENDING, place.token.serial());
    let mut section = place.section();
    section.user_pin = None;
    drop(place.provider_with(section));
    assert_eq!(place.client().get_all().unwrap().len(), 1);
}

#[test]
fn a_ready_key_survives_a_start_on_the_wrong_token() {
    for manager in MANAGERS {
        let place = Place::new(manager);
        place.provider().generate("key", signing_pair()).unwrap();
        // What upstream wrote: no state, no token.
        place
            .client()
            .insert_key_info(identity("upstreams"), &0x44_u32, signing_pair())
            .unwrap();
        store(&place, "elsewhere", 0x55, READY, "another token");

        let other = softhsm_test::Token::new().unwrap();
        let mut section = place.section();
        section.serial_number = Some(other.serial().to_owned());
        section.user_pin = Some(other.user_pin().to_owned().into());
        let provider = place.provider_with(section);
        assert_eq!(provider.names(), ["elsewhere", "key", "upstreams"]);
        assert_eq!(
            provider.sign("key"),
            Err(ResponseStatus::PsaErrorDoesNotExist)
        );
        // Not even when its owner asks: its objects are elsewhere.
        assert_eq!(
            provider.destroy("key"),
            Err(ResponseStatus::PsaErrorHardwareFailure)
        );
        drop(provider);

        let provider = place.provider();
        assert_eq!(provider.names(), ["elsewhere", "key", "upstreams"]);
        provider.sign("key").unwrap();
        provider.destroy("key").unwrap();
    }
}

#[test]
fn a_pending_name_is_cleared_when_it_is_created_again_or_destroyed() {
    for manager in MANAGERS {
        let place = Place::new(manager);
        let mut section = place.section();
        section.user_pin = None;
        // Without a login the start leaves it, as a token that did not answer would.
        for name in ["again", "destroyed"] {
            store(&place, name, 0x11, PENDING, place.token.serial());
        }
        let provider = place.provider_with(section);
        let session = place.session();
        provider.generate("again", signing_pair()).unwrap();
        provider.sign("again").unwrap();
        assert_eq!(
            provider.destroy("destroyed"),
            Err(ResponseStatus::PsaErrorDoesNotExist)
        );
        drop(session);
        assert_eq!(place.client().get_all().unwrap().len(), 1);
    }
}

#[test]
fn a_second_provider_on_the_same_manager_knows_that_keys_are_ready() {
    for manager in MANAGERS {
        let place = Place::new(manager);
        let factory_of_one_service = place.factory();
        let first = place.provider_on(&factory_of_one_service);
        first.generate("key", signing_pair()).unwrap();
        drop(first);
        let second = place.provider_on(&factory_of_one_service);
        second.sign("key").unwrap();
        assert_eq!(place.client().get_all().unwrap().len(), 1);
    }
}

#[test]
fn an_application_with_nothing_but_a_pending_key_is_no_client() {
    use parsec_interface::operations::list_clients;
    use parsec_service::providers::Provide;

    let place = Place::new(KeyInfoManagerType::SQLite);
    store(&place, "pending", 0x11, PENDING, "another token");
    let clients = place.provider().list_clients(list_clients::Operation {});
    assert!(clients.unwrap().clients.is_empty());
}
