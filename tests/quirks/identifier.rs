//! Tokens that give keys identifiers of their own: nothing would find such a key again.

use misbehaving_module::control::ImposeAttribute;
use misbehaving_module::names::Function;
use parsec_pkcs11_ecc::ErrorKind;
use parsec_pkcs11_ecc::ec::{Curve, PrivateKey, PublicKey};
use parsec_pkcs11_ecc::op::{generate, import};

use crate::fixture::{ALL_USES, new_key};
use crate::judge::Judge;
use crate::quirk::{calls, objects, playing};

const P256: Curve = Curve::Secp256r1;

#[test]
fn such_a_key_is_removed_and_not_made_again_and_again() {
    let faulty = playing(|control| {
        control.impose_attribute = vec![ImposeAttribute {
            always: true,
            ..ImposeAttribute::new("CKA_ID".parse().unwrap(), [0x77; 8])
        }];
    });
    let token = faulty.open();
    let judge = Judge::new(P256);
    let point = PublicKey::from_bytes(P256, &judge.public()).unwrap();
    let scalar = PrivateKey::from_bytes(P256, &judge.scalar()).unwrap();
    let key = new_key(P256, ALL_USES);
    let made = calls(&faulty, || {
        let refused = [
            generate::generate(&token, &key),
            import::import_public(&token, &key, &point),
            import::import_pair(&token, &key, &scalar),
        ];
        for refused in refused {
            let error = refused.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}");
        }
    });
    assert_eq!(objects(&faulty), 0);
    let generated = made
        .iter()
        .find(|(function, _)| *function == Function::C_GenerateKeyPair);
    // One for the request, and two for the verdict on the curve, which each way of making keys asks for once.
    assert!(generated.is_some_and(|(_, count)| *count <= 3), "{made:?}");
}
