//! Owns the bare PKCS#11 calls that everything is compared with.

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use softhsm_test::Token;

use crate::bare_keys::generate;

/// The digest that is signed.
pub(crate) const DIGEST: [u8; 32] = [7; 32];

/// A session that is logged in.
pub(crate) fn session(token: &Token) -> Session {
    let pkcs11 = softhsm_test::pkcs11().unwrap();
    let session = pkcs11
        .open_rw_session(token.slot(&pkcs11).unwrap())
        .unwrap();
    // All sessions of a process share the login, so it may be there already.
    let _ = session.login(UserType::User, Some(&token.auth_pin()));
    session
}

/// The one object of a class on the token.
pub(crate) fn object(session: &Session, class: ObjectClass) -> ObjectHandle {
    let found = session.find_objects(&[Attribute::Class(class)]).unwrap();
    assert_eq!(found.len(), 1);
    found[0]
}

pub(crate) fn sign(session: &Session, key: ObjectHandle) -> Vec<u8> {
    session.sign(&Mechanism::Ecdsa, key, &DIGEST).unwrap()
}

pub(crate) fn verify(session: &Session, key: ObjectHandle, signature: &[u8]) {
    session
        .verify(&Mechanism::Ecdsa, key, &DIGEST, signature)
        .unwrap();
}

/// Makes a key pair and destroys it.
pub(crate) fn generate_and_destroy(session: &Session) {
    let (public, private) = generate(session, b"bare");
    session.destroy_object(private).unwrap();
    session.destroy_object(public).unwrap();
}
