//! Owns what OpenSSL does with private keys of its own.

use openssl::derive::Deriver;
use openssl::ec::EcKey;
use openssl::ecdsa::EcdsaSig;
use openssl::pkey::{PKey, Private};
use parsec_pkcs11_ecc::ec::Curve;

use crate::openssl::public_key;

/// The scalar, as long as the group order.
pub(crate) fn scalar(curve: Curve, key: &EcKey<Private>) -> Vec<u8> {
    let length = i32::try_from(curve.order_len()).unwrap();
    key.private_key().to_vec_padded(length).unwrap()
}

/// `r || s`.
pub(crate) fn sign(curve: Curve, key: &EcKey<Private>, digest: &[u8]) -> Vec<u8> {
    let length = i32::try_from(curve.order_len()).unwrap();
    let signature = EcdsaSig::sign(digest, key).unwrap();
    let mut bytes = signature.r().to_vec_padded(length).unwrap();
    bytes.extend(signature.s().to_vec_padded(length).unwrap());
    bytes
}

/// The x coordinate, as long as the field.
pub(crate) fn agree(curve: Curve, key: &EcKey<Private>, peer: &[u8]) -> Vec<u8> {
    let key = PKey::from_ec_key(key.clone()).unwrap();
    let peer = PKey::from_ec_key(public_key(curve, peer)).unwrap();
    let mut deriver = Deriver::new(&key).unwrap();
    deriver.set_peer(&peer).unwrap();
    deriver.derive_to_vec().unwrap()
}
