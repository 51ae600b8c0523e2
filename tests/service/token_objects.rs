//! Owns the look at the token from outside of the service.

use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use cryptoki::session::{Session, UserType};
use softhsm_test::Token;

/// A key object on the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyObject {
    pub(crate) private: bool,
    pub(crate) id: Vec<u8>,
    pub(crate) label: String,
}

impl KeyObject {
    /// Whether it is what SoftHSM2 leaves of a key when it is killed while it makes one: an object of
    /// which little more than the class was written. Nothing tells whose it is.
    pub(crate) fn is_stub(&self) -> bool {
        self.id.is_empty() && self.label.is_empty()
    }
}

/// A session on the token, beside those of the service, with the user logged in.
pub(crate) fn logged_in(token: &Token) -> Session {
    let pkcs11 = softhsm_test::pkcs11().unwrap();
    let session = pkcs11
        .open_rw_session(token.slot(&pkcs11).unwrap())
        .unwrap();
    session
        .login(UserType::User, Some(&token.auth_pin()))
        .unwrap();
    session
}

/// All key objects on the token, private ones too; a secret key fails the test.
pub(crate) fn key_objects(token: &Token) -> Vec<KeyObject> {
    let session = logged_in(token);
    let find = |class| session.find_objects(&[Attribute::Class(class)]).unwrap();
    assert!(find(ObjectClass::SECRET_KEY).is_empty());
    let mut objects = Vec::new();
    for (class, private) in [
        (ObjectClass::PRIVATE_KEY, true),
        (ObjectClass::PUBLIC_KEY, false),
    ] {
        for handle in find(class) {
            let mut object = KeyObject {
                private,
                id: Vec::new(),
                label: String::new(),
            };
            let wanted = [AttributeType::Id, AttributeType::Label];
            for attribute in session.get_attributes(handle, &wanted).unwrap() {
                match attribute {
                    Attribute::Id(id) => object.id = id,
                    Attribute::Label(label) => object.label = String::from_utf8(label).unwrap(),
                    other => panic!("unexpected: {other:?}"),
                }
            }
            objects.push(object);
        }
    }
    objects
}
