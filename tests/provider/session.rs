//! Tests of what happens when somebody else ends the login: a real one, through the same module.

use cryptoki::session::Session;
use parsec_interface::requests::ResponseStatus;
use parsec_service::utils::config::KeyInfoManagerType;

use crate::fixture::{Client, Place, signing_pair};

/// Logs out the application, which this provider is a part of here.
fn log_out(session: &Session) {
    session.logout().unwrap();
}

#[test]
fn a_key_is_used_and_destroyed_after_a_logout_behind_our_back() {
    let place = Place::new(KeyInfoManagerType::SQLite);
    let provider = place.provider();
    let session = place.session();
    for name in ["used", "unused", "destroyed"] {
        provider.generate(name, signing_pair()).unwrap();
    }
    provider.sign("used").unwrap();
    for name in ["used", "unused"] {
        log_out(&session);
        provider.sign(name).unwrap();
    }
    log_out(&session);
    provider.destroy("destroyed").unwrap();
    assert_eq!(place.objects(), 4);
    assert_eq!(provider.names(), ["unused", "used"]);

    log_out(&session);
    provider.generate("new", signing_pair()).unwrap();
    provider.sign("new").unwrap();
}

#[test]
fn without_a_login_no_name_is_lost() {
    let place = Place::new(KeyInfoManagerType::OnDisk);
    place.provider().generate("key", signing_pair()).unwrap();

    let mut section = place.section();
    section.user_pin = None;
    let provider = place.provider_with(section);
    for result in [
        provider.sign("key").map(|_| ()),
        provider.destroy("key"),
        provider.generate("new", signing_pair()),
    ] {
        assert_eq!(result, Err(ResponseStatus::PsaErrorNotPermitted));
    }
    drop(provider);

    let provider = place.provider();
    assert_eq!(provider.names(), ["key"]);
    provider.sign("key").unwrap();
}
