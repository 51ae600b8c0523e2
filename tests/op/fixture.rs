//! Owns the keys that the operation tests make.

use parsec_pkcs11_ecc::config::Instance;
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::op::{KeyUsage, NewKey};
use parsec_pkcs11_ecc::token::{KeyId, KeyRef, Label};

pub(crate) const ALL_USES: KeyUsage = KeyUsage {
    sign: true,
    verify: true,
    derive: true,
    export: false,
};

/// A key to be made, with a random identifier.
pub(crate) fn new_key(curve: Curve, usage: KeyUsage) -> NewKey {
    let id = KeyId::random().unwrap();
    NewKey {
        id,
        curve,
        usage,
        label: Label::new(&Instance::Id("test".to_owned()), id, None),
    }
}

/// The same key once it is made.
pub(crate) fn made(key: &NewKey) -> KeyRef {
    KeyRef {
        id: key.id,
        curve: Some(key.curve),
    }
}
