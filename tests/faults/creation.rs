//! A token that says that it made the objects of a key and does not hold them, as SoftHSM2 may when
//! another process uses it at the same time.

use misbehaving_module::control::{Control, Inject};
use misbehaving_module::names::{Function, Rv};
use parsec_pkcs11_ecc::ec::{Curve, PrivateKey, PublicKey};
use parsec_pkcs11_ecc::op::{NewKey, generate, import};
use parsec_pkcs11_ecc::token::Token;
use parsec_pkcs11_ecc::{ErrorKind, Result};

use crate::fixture::{ALL_USES, new_key};
use crate::openssl;
use crate::setup::Faulty;

#[test]
fn a_key_that_is_not_on_the_token_was_not_made() {
    const OK: Rv = Rv(0);
    let faulty = Faulty::new();
    let token = faulty.open();
    let curve = Curve::Secp256r1;
    let point = openssl::point(&openssl::new_pair(curve));
    let point = PublicKey::from_bytes(curve, &point).unwrap();
    let scalar = PrivateKey::from_bytes(curve, &[7; 32]).unwrap();
    type Creation<'a> = &'a dyn Fn(&Token, &NewKey) -> Result<()>;
    let creations: [(Function, Creation); 3] = [
        (Function::C_GenerateKeyPair, &generate::generate),
        (Function::C_CreateObject, &|token, key| {
            import::import_public(token, key, &point)
        }),
        // The first of its two objects is there.
        (Function::C_CreateObject, &|token, key| {
            import::import_pair(token, key, &scalar)
        }),
    ];
    for (number, (function, create)) in creations.into_iter().enumerate() {
        let nth = if number == 2 { 2 } else { 1 };
        faulty.order(Control {
            inject: vec![Inject::before(function, OK).nth(nth)],
            ..faulty.well_behaved()
        });
        let key = new_key(curve, ALL_USES);
        let error = create(&token, &key).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::HardwareFailure, "{error}");
        create(&token, &new_key(curve, ALL_USES)).unwrap();
    }
}
