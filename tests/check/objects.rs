//! Owns the look at a SoftHSM2 token from outside of the check.

use cryptoki::context::Pkcs11;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

use crate::access::Access;

/// The labels of all objects, sorted.
pub(crate) fn labels(access: &Access) -> Vec<String> {
    let (_pkcs11, session) = open(access);
    let objects = session.find_objects(&[]).unwrap().into_iter();
    let labels = objects.flat_map(|object| {
        session
            .get_attributes(object, &[AttributeType::Label])
            .unwrap()
    });
    let mut labels: Vec<_> = labels
        .map(|attribute| match attribute {
            Attribute::Label(label) => String::from_utf8(label).unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    labels.sort();
    labels
}

/// Makes a key pair that stays on the token.
pub(crate) fn make_pair(access: &Access, label: &str) {
    let (_pkcs11, session) = open(access);
    let label = Attribute::Label(label.into());
    let secp256r1 = hex_literal::hex!("06082a8648ce3d030107");
    let public = [
        Attribute::Token(true),
        Attribute::EcParams(secp256r1.to_vec()),
        label.clone(),
    ];
    let private = [Attribute::Token(true), label];
    session
        .generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)
        .unwrap();
}

fn open(access: &Access) -> (Pkcs11, Session) {
    let pkcs11 = softhsm_test::pkcs11().unwrap();
    let session = pkcs11.open_rw_session(slot(&pkcs11, access)).unwrap();
    let pin = AuthPin::new(access.pin.as_str().into());
    session.login(UserType::User, Some(&pin)).unwrap();
    (pkcs11, session)
}

fn slot(pkcs11: &Pkcs11, access: &Access) -> Slot {
    let slots = pkcs11.get_slots_with_initialized_token().unwrap();
    let serial = access.serial.as_deref().unwrap();
    let is_it = |slot: &Slot| pkcs11.get_token_info(*slot).unwrap().serial_number() == serial;
    slots.into_iter().find(is_it).unwrap()
}
