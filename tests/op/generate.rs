//! Tests of `op::generate` and `op::destroy`.

use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::op::{destroy, export, generate, sign};
use parsec_pkcs11_ecc::token::KeyRef;

use crate::fixture::{ALL_USES, made, new_key};
use crate::{CURVES, access, openssl};

#[test]
fn makes_keys_that_openssl_takes() {
    let token = access().open();
    for &curve in CURVES {
        let key = new_key(curve, ALL_USES);
        generate::generate(&token, &key).unwrap();
        let point = export::export_public(&token, made(&key)).unwrap();
        openssl::public_key(curve, point.as_bytes());
    }
}

#[test]
fn refuses_an_identifier_that_is_taken_and_leaves_its_owner_alone() {
    let token = access().open();
    let curve = *CURVES.last().unwrap();
    let key = new_key(curve, ALL_USES);
    generate::generate(&token, &key).unwrap();
    let error = generate::generate(&token, &key).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IdClash);
    sign::sign(&token, made(&key), &[7; 32]).unwrap();
}

#[test]
fn destroys_both_objects_of_a_key_and_no_other() {
    let token = access().open();
    let curve = *CURVES.last().unwrap();
    let (doomed, kept) = (new_key(curve, ALL_USES), new_key(curve, ALL_USES));
    generate::generate(&token, &doomed).unwrap();
    generate::generate(&token, &kept).unwrap();

    assert_eq!(destroy::destroy_pair(&token, made(&doomed)).unwrap(), 2);
    for error in [
        sign::sign(&token, made(&doomed), &[7; 32]).unwrap_err(),
        export::export_public(&token, made(&doomed)).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::DoesNotExist);
    }
    assert_eq!(destroy::destroy_pair(&token, made(&doomed)).unwrap(), 0);
    sign::sign(&token, made(&kept), &[7; 32]).unwrap();
}

#[test]
fn a_key_of_another_curve_with_the_identifier_is_not_the_key() {
    let token = access().open();
    let [first, .., last] = CURVES else {
        panic!("the token has two curves");
    };
    let key = new_key(*first, ALL_USES);
    generate::generate(&token, &key).unwrap();
    let other = KeyRef {
        id: key.id,
        curve: Some(*last),
    };
    let error = sign::sign(&token, other, &[7; 32]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DoesNotExist);
    assert_eq!(destroy::destroy_pair(&token, other).unwrap(), 0);
    sign::sign(&token, made(&key), &[7; 32]).unwrap();
}

#[test]
fn what_an_unfinished_creation_left_is_removed_by_its_label() {
    let token = access().open();
    let curve = *CURVES.last().unwrap();
    let key = new_key(curve, ALL_USES);
    generate::generate(&token, &key).unwrap();
    let elsewhere = new_key(curve, ALL_USES).label;
    assert_eq!(destroy::unfinished(&token, key.id, &elsewhere).unwrap(), 0);
    sign::sign(&token, made(&key), &[7; 32]).unwrap();
    assert_eq!(destroy::unfinished(&token, key.id, &key.label).unwrap(), 2);
}

#[test]
fn a_key_made_after_another_was_destroyed_is_not_taken_for_a_third() {
    let token = access().open();
    let curve = *CURVES.last().unwrap();
    let keys = [(); 3].map(|()| new_key(curve, ALL_USES));
    let [doomed, kept, late] = &keys;
    generate::generate(&token, doomed).unwrap();
    generate::generate(&token, kept).unwrap();
    destroy::destroy_pair(&token, made(doomed)).unwrap();
    // tpm2-pkcs11 gives it the handle of a key that is there.
    generate::generate(&token, late).unwrap();
    for key in [kept, late] {
        let point = export::export_public(&token, made(key)).unwrap();
        let signature = sign::sign(&token, made(key), &[7; 32]).unwrap();
        assert!(openssl::verifies(
            curve,
            point.as_bytes(),
            &[7; 32],
            signature.as_bytes()
        ));
    }
    let points = [kept, late].map(|key| export::export_public(&token, made(key)).unwrap());
    assert_ne!(points[0], points[1]);
}

#[test]
fn keys_come_and_go_without_end() {
    let token = access().open();
    let curve = *CURVES.last().unwrap();
    // tpm2-pkcs11 leaves two contexts of each in the resource manager, which has room for 100.
    for _ in 0..60 {
        let key = new_key(curve, ALL_USES);
        generate::generate(&token, &key).unwrap();
        sign::sign(&token, made(&key), &[7; 32]).unwrap();
        assert_eq!(destroy::destroy_pair(&token, made(&key)).unwrap(), 2);
    }
}
