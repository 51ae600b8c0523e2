//! Tests of `op::import` and `op::export`.

use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::ec::{PrivateKey, PublicKey};
use parsec_pkcs11_ecc::op::{KeyUsage, export, generate, import, sign, verify};

use crate::fixture::{ALL_USES, made, new_key};
use crate::{ABILITIES, access, openssl, openssl_private};

#[test]
fn an_imported_public_key_verifies_and_comes_out_as_it_went_in() {
    let token = access().open();
    for &curve in ABILITIES.import_public {
        let pair = openssl::new_pair(curve);
        let point = PublicKey::from_bytes(curve, &openssl::point(&pair)).unwrap();
        let key = new_key(curve, ALL_USES);
        import::import_public(&token, &key, &point).unwrap();

        assert_eq!(export::export_public(&token, made(&key)).unwrap(), point);
        let signature = openssl_private::sign(curve, &pair, &[7; 32]);
        verify::verify(&token, made(&key), &[7; 32], &signature).unwrap();
        let error = verify::verify(&token, made(&key), &[8; 32], &signature).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidSignature, "{curve}");
    }
}

#[test]
fn an_imported_pair_signs_and_shows_its_public_key() {
    let token = access().open();
    for &curve in ABILITIES.import_pair {
        let pair = openssl::new_pair(curve);
        let scalar = PrivateKey::from_bytes(curve, &openssl_private::scalar(curve, &pair)).unwrap();
        let key = new_key(curve, ALL_USES);
        import::import_pair(&token, &key, &scalar).unwrap();

        let point = export::export_public(&token, made(&key)).unwrap();
        assert_eq!(point.as_bytes(), openssl::point(&pair));
        let signature = sign::sign(&token, made(&key), &[7; 32]).unwrap();
        assert!(openssl::verifies(
            curve,
            point.as_bytes(),
            &[7; 32],
            signature.as_bytes()
        ));
    }
}

#[test]
fn a_private_key_that_may_not_come_out_does_not() {
    let token = access().open();
    for &curve in ABILITIES.import_pair {
        let scalar = openssl_private::scalar(curve, &openssl::new_pair(curve));
        let scalar = PrivateKey::from_bytes(curve, &scalar).unwrap();
        let kept = new_key(curve, ALL_USES);
        import::import_pair(&token, &kept, &scalar).unwrap();
        let error = export::export_private(&token, made(&kept)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotPermitted, "{curve}");
    }
}

#[test]
fn a_private_key_that_may_come_out_does() {
    let token = access().open();
    for &curve in ABILITIES.export_private {
        let pair = openssl::new_pair(curve);
        let bytes = openssl_private::scalar(curve, &pair);
        let scalar = PrivateKey::from_bytes(curve, &bytes).unwrap();

        let exportable = new_key(
            curve,
            KeyUsage {
                export: true,
                ..ALL_USES
            },
        );
        import::import_pair(&token, &exportable, &scalar).unwrap();
        let exported = export::export_private(&token, made(&exportable)).unwrap();
        assert!(exported.as_bytes() == bytes, "{curve}");

        let generated = new_key(
            curve,
            KeyUsage {
                export: true,
                ..ALL_USES
            },
        );
        generate::generate(&token, &generated).unwrap();
        let exported = export::export_private(&token, made(&generated)).unwrap();
        let public = export::export_public(&token, made(&generated)).unwrap();
        assert_eq!(exported.public_key().unwrap(), public, "{curve}");
    }
}
