//! Owns X25519: RFC 7748, section 5, in constant time by x25519-dalek.

use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::{Arithmetic, SecretBytes};
use crate::ec::Curve;

pub(super) const ARITHMETIC: Arithmetic = Arithmetic {
    is_valid: |_, _| true,
    public_key,
    verify: |_, _, _, _| false,
    agree,
};

fn public_key(_: Curve, key: &[u8]) -> Option<Vec<u8>> {
    let public = PublicKey::from(&secret(key)?);
    Some(public.to_bytes().to_vec())
}

fn agree(_: Curve, key: &[u8], peer: &[u8]) -> Option<SecretBytes> {
    let peer = PublicKey::from(<[u8; 32]>::try_from(peer).ok()?);
    let shared = secret(key)?.diffie_hellman(&peer);
    Some(Zeroizing::new(shared.as_bytes().to_vec()))
}

fn secret(key: &[u8]) -> Option<StaticSecret> {
    let key: Zeroizing<[u8; 32]> = Zeroizing::new(key.try_into().ok()?);
    Some(StaticSecret::from(*key))
}
