//! Faults in signatures.

use misbehaving_module::control::SignatureForm;
use parsec_pkcs11_ecc::check::Outcome;

use crate::fault::is_caught;

#[test]
fn a_wrong_signature() {
    is_caught("ecdsa.secp256r1.sha256.sign", Outcome::Fail, |control| {
        control.encoding.signature = SignatureForm::FlipBit;
    });
}
