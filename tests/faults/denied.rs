//! A token that denies what it has.

use misbehaving_module::control::{Control, Inject};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::op::{agree, destroy, export, sign};

use crate::fixture::made;
use crate::rv::rv;
use crate::setup::{Faulty, key_on};

#[test]
fn a_key_whose_handle_is_refused_exists_all_the_same() {
    let faulty = Faulty::new();
    let token = faulty.open();
    let key = key_on(&token);
    let peer = export::export_public(&token, made(&key)).unwrap();
    let kinds = || {
        [
            sign::sign(&token, made(&key), &[7; 32]).unwrap_err().kind(),
            agree::agree(&token, made(&key), peer.as_bytes())
                .unwrap_err()
                .kind(),
        ]
    };
    for answer in ["CKR_KEY_HANDLE_INVALID", "CKR_OBJECT_HANDLE_INVALID"] {
        let functions = [Function::C_SignInit, Function::C_DeriveKey];
        let refused = Inject::before(functions.to_vec(), rv(answer));
        faulty.order(Control {
            inject: vec![refused],
            ..faulty.well_behaved()
        });
        assert_eq!(kinds(), [ErrorKind::CommunicationFailure; 2], "{answer}");
    }
    faulty.order(faulty.well_behaved());
    destroy::destroy_pair(&token, made(&key)).unwrap();
    assert_eq!(kinds(), [ErrorKind::DoesNotExist; 2]);
}
