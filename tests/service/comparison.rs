//! The comparison of mappings and token, which each start makes in the background.

use cryptoki::object::Attribute;
use parsec_client::core::interface::requests::ResponseStatus;

use crate::fixture::{Installation, Manager};
use crate::keys::{ECDSA, signing, signs};
use crate::token_objects::{key_objects, logged_in};

/// Of two keys one is removed behind the service's back.
fn a_key_that_is_gone_is_told(max_sessions: &str) {
    let mut installation = Installation::direct(Manager::Sqlite);
    installation
        .provider
        .insert("max_sessions", max_sessions.to_owned());
    let service = installation.start();
    let client = service.client("alice");
    client.generate("gone", signing(256, ECDSA)).unwrap();
    let id = key_objects(installation.token()).remove(0).id;
    client.generate("kept", signing(256, ECDSA)).unwrap();
    service.wait_for_log("Every key that a mapping names is on the token", 1);
    service.stop();

    let session = logged_in(installation.token());
    let gone = session.find_objects(&[Attribute::Id(id.clone())]).unwrap();
    assert_eq!(gone.len(), 2);
    for handle in gone {
        session.destroy_object(handle).unwrap();
    }

    let service = installation.start();
    service.wait_for_log("1 of 2 keys are not on the token", 1);
    let client = service.client("alice");
    assert_eq!(
        signs(&client, "gone", 256),
        Err(ResponseStatus::PsaErrorDoesNotExist)
    );
    signs(&client, "kept", 256).unwrap();
    let log = service.stop();
    let told = format!(
        "does not hold the key with CKA_ID {} that a mapping names",
        hex::encode(id)
    );
    assert_eq!(log.matches(&told).count(), 1, "{log}");
}

#[test]
fn with_many_sessions() {
    a_key_that_is_gone_is_told("32");
}

/// Key by key, as clients wait for that session.
#[test]
fn with_one_session() {
    a_key_that_is_gone_is_told("1");
}
