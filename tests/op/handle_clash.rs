//! A token that gives a new object the handle of another one, as tpm2-pkcs11 does once an object was
//! destroyed.

use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::op::{destroy, export, generate, sign};

use crate::access::Access;
use crate::fixture::{ALL_USES, made, new_key};
use crate::{CURVES, access};

/// Without a profile it is found out: one creation fails, and what it made is removed.
#[test]
fn handles_that_are_mixed_up_are_noticed() {
    let access = Access {
        profile: None,
        ..access()
    };
    let token = access.open();
    let curve = *CURVES.last().unwrap();
    let keys = [(); 2].map(|()| new_key(curve, ALL_USES));
    for key in &keys {
        generate::generate(&token, key).unwrap();
    }
    let points = keys
        .each_ref()
        .map(|key| export::export_public(&token, made(key)).unwrap());
    destroy::destroy_pair(&token, made(&keys[0])).unwrap();
    let late = new_key(curve, ALL_USES);
    let error = generate::generate(&token, &late).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HandleClash);
    assert_eq!(
        destroy::unfinished(&token, late.id, &late.label).unwrap(),
        2
    );

    let late = new_key(curve, ALL_USES);
    generate::generate(&token, &late).unwrap();
    let kept = export::export_public(&token, made(&keys[1])).unwrap();
    assert_eq!(kept, points[1]);
    assert_ne!(export::export_public(&token, made(&late)).unwrap(), kept);
    sign::sign(&token, made(&keys[1]), &[7; 32]).unwrap();
}
