//! Owns X448: RFC 7748, section 5, in constant time by libcrypto.

use openssl::derive::Deriver;
use openssl::error::ErrorStack;
use openssl::pkey::{Id, PKey};
use zeroize::Zeroizing;

use crate::ec::software::{Arithmetic, SecretBytes};

pub(super) const ARITHMETIC: Arithmetic = Arithmetic {
    is_valid: |_, _| true,
    public_key: |_, key| public_key(key).ok(),
    verify: |_, _, _, _| false,
    agree: |_, key, peer| agree(key, peer).ok(),
};

fn public_key(key: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    PKey::private_key_from_raw_bytes(key, Id::X448)?.raw_public_key()
}

/// Fails where the secret is zero.
fn agree(key: &[u8], peer: &[u8]) -> Result<SecretBytes, ErrorStack> {
    let key = PKey::private_key_from_raw_bytes(key, Id::X448)?;
    let peer = PKey::public_key_from_raw_bytes(peer, Id::X448)?;
    let mut deriver = Deriver::new(&key)?;
    deriver.set_peer(&peer)?;
    deriver.derive_to_vec().map(Zeroizing::new)
}
