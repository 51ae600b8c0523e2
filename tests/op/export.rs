//! Tests of `op::export` on every curve: what comes out of the token, and what is expected to.

use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::op::{KeyUsage, export, generate};

use crate::abilities::check;
use crate::fixture::{ALL_USES, made, new_key};
use crate::{ABILITIES, access};

#[test]
fn private_keys_are_exported_on_the_expected_curves() {
    let token = access().open();
    for &curve in Curve::ALL {
        let usage = KeyUsage {
            export: true,
            ..ALL_USES
        };
        let key = new_key(curve, usage);
        // Where no key comes out, none should be made for that.
        let done = generate::generate(&token, &key)
            .and_then(|()| export::export_private(&token, made(&key)))
            .map(|_| ());
        let expected = ABILITIES.export_private.contains(&curve);
        check(&format!("to export on {curve}"), expected, done);
    }
}
