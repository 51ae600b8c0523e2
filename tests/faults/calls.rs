//! How many PKCS#11 calls an operation makes on a key that was used before.

use misbehaving_module::control::{Control, Handles};
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::config::Config;
use parsec_pkcs11_ecc::op::{agree, destroy, export, sign, verify};
use parsec_pkcs11_ecc::token::Token;

use crate::fixture::made;
use crate::openssl;
use crate::setup::{Faulty, key_on};
use crate::threads;

#[test]
fn a_known_key_is_used_without_login_search_or_new_session() {
    use Function::{C_DeriveKey, C_DestroyObject, C_GetAttributeValue, C_Sign, C_SignInit};
    use Function::{C_Verify, C_VerifyInit};

    let faulty = Faulty::new();
    let token = faulty.open();
    let key = key_on(&token);
    let curve = key.curve;
    let peer = openssl::point(&openssl::new_pair(curve));
    let signature = sign::sign(&token, made(&key), &[7; 32]).unwrap();
    let signature = signature.as_bytes();
    let sign_it = || drop(sign::sign(&token, made(&key), &[7; 32]).unwrap());
    let verify_it = || verify::verify(&token, made(&key), &[7; 32], signature).unwrap();
    let export_it = || drop(export::export_public(&token, made(&key)).unwrap());
    let in_software =
        || verify::verify_in_software(&token, made(&key), &[7; 32], signature).unwrap();
    let agree_it = || drop(agree::agree(&token, made(&key), &peer).unwrap());
    type Expected<'a> = &'a [(Function, u64)];
    let operations: [(&dyn Fn(), Expected); 5] = [
        // cryptoki asks for the length of a signature and of an attribute first.
        (&sign_it, &[(C_SignInit, 1), (C_Sign, 2)]),
        (&verify_it, &[(C_VerifyInit, 1), (C_Verify, 1)]),
        (&export_it, &[(C_GetAttributeValue, 2)]),
        (&in_software, &[]),
        (
            &agree_it,
            &[
                (C_DestroyObject, 1),
                (C_GetAttributeValue, 2),
                (C_DeriveKey, 1),
            ],
        ),
    ];
    for (operation, expected) in operations {
        operation();
        let before = faulty.statistics();
        operation();
        assert_eq!(faulty.statistics().calls_since(&before), expected);
    }
}

#[test]
fn without_the_cache_a_reused_handle_does_no_harm() {
    let faulty = Faulty::new();
    faulty.order(Control {
        handles: Handles {
            reuse_objects: true,
            ..Handles::default()
        },
        ..faulty.well_behaved()
    });
    let mut section = faulty.section();
    section.handle_cache = Some(false);
    let token = Token::open(Config::try_from(section).unwrap()).unwrap();
    let key = key_on(&token);
    sign::sign(&token, made(&key), &[7; 32]).unwrap();

    // Destroyed past the cache, as another process would, and its handles given to the next key.
    destroy::unfinished(&token, key.id, &key.label).unwrap();
    let next = key_on(&token);
    let error = sign::sign(&token, made(&key), &[7; 32]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DoesNotExist);

    let before = faulty.statistics();
    sign::sign(&token, made(&next), &[7; 32]).unwrap();
    let calls = faulty.statistics().calls_since(&before);
    assert!(
        calls.contains(&(Function::C_FindObjectsInit, 1)),
        "{calls:?}"
    );
}

#[test]
fn a_public_key_that_was_destroyed_is_not_exported() {
    let faulty = Faulty::new();
    let token = faulty.open();
    let key = key_on(&token);
    export::export_public(&token, made(&key)).unwrap();

    // By another process: past the handles that are known.
    destroy::unfinished(&token, key.id, &key.label).unwrap();
    let error = export::export_public(&token, made(&key)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DoesNotExist);
}

#[test]
fn the_token_is_logged_in_to_once() {
    let faulty = Faulty::new();
    let token = faulty.open();
    let key = key_on(&token);
    threads::run(8, |_| {
        for _ in 0..20 {
            sign::sign(&token, made(&key), &[7; 32]).unwrap();
        }
    });
    let statistics = faulty.statistics();
    assert_eq!(statistics.calls(Function::C_Login), 1);
    assert!(statistics.open_sessions() <= 9);
    drop(token);
    assert_eq!(faulty.statistics().open_sessions(), 0);
    assert_eq!(faulty.statistics().calls(Function::C_Finalize), 1);
}
