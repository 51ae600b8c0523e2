//! Owns the key pairs that are made by bare PKCS#11 calls.

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectHandle};
use cryptoki::session::Session;

/// secp256r1 as a DER object identifier (SEC 2, appendix A.2.1).
const SECP256R1: [u8; 10] = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];

/// Makes a key pair with the attributes that the provider gives to one that signs and verifies; gives
/// the public and the private key.
pub(crate) fn generate(session: &Session, id: &[u8]) -> (ObjectHandle, ObjectHandle) {
    let described = [
        Attribute::Token(true),
        Attribute::Id(id.to_vec()),
        Attribute::Label(b"parsec:test:00000000".to_vec()),
    ];
    let mut public = described.to_vec();
    public.extend([
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::EcParams(SECP256R1.to_vec()),
    ]);
    let mut private = described.to_vec();
    private.extend([
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::Derive(false),
    ]);
    session
        .generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)
        .unwrap()
}
