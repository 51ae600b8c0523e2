//! Owns what is done with keys on a token that differs, judged by OpenSSL.

use parsec_pkcs11_ecc::ec::{Curve, PrivateKey, PublicKey};
use parsec_pkcs11_ecc::op::{
    KeyUsage, NewKey, agree, destroy, export, generate, import, sign, verify,
};
use parsec_pkcs11_ecc::token::Token;
use parsec_pkcs11_ecc::{ErrorKind, Result};

use crate::fixture::{made, new_key};
use crate::judge::{self, Judge};

pub(crate) const DIGEST: [u8; 32] = [7; 32];

/// The life of a key pair that the token makes, of a public key and of a key pair that it is given.
pub(crate) fn live(token: &Token, curve: Curve, usage: KeyUsage) {
    let key = new_key(curve, usage);
    generate::generate(token, &key).unwrap();
    use_pair(token, &key);

    let judge = Judge::new(curve);
    store_public(token, &judge, curve, usage);
    let key = new_key(curve, usage);
    let scalar = PrivateKey::from_bytes(curve, &judge.scalar()).unwrap();
    import::import_pair(token, &key, &scalar).unwrap();
    let public = export::export_public(token, made(&key)).unwrap();
    assert_eq!(public.as_bytes(), judge.public());
    use_pair(token, &key);
}

/// Uses a key pair in every way that it permits, and destroys it.
pub(crate) fn use_pair(token: &Token, key: &NewKey) {
    let public = export::export_public(token, made(key)).unwrap();
    let public = public.as_bytes();
    assert!(parsec_pkcs11_ecc::check::judge::accepts(key.curve, public));
    if key.usage.sign {
        signs(token, key, &DIGEST);
    }
    if key.usage.derive {
        let peer = Judge::new(key.curve);
        let secret = agree::agree(token, made(key), &peer.public()).unwrap();
        assert!(secret.as_bytes() == peer.agree(public));
    }
    if key.usage.export {
        let scalar = export::export_private(token, made(key)).unwrap();
        assert!(judge::public_of(key.curve, scalar.as_bytes()) == public);
    }
    assert_eq!(destroy::destroy_pair(token, made(key)).unwrap(), 2);
}

/// Signs the digest; OpenSSL and, if the key permits it, the token verify it.
pub(crate) fn signs(token: &Token, key: &NewKey, digest: &[u8]) {
    let signature = sign::sign(token, made(key), digest).unwrap();
    let signature = signature.as_bytes();
    let public = export::export_public(token, made(key)).unwrap();
    let is_right = judge::verifies(key.curve, public.as_bytes(), digest, signature);
    assert!(is_right, "{}, {} bytes", key.curve, digest.len());
    if key.usage.verify {
        verify::verify(token, made(key), digest, signature).unwrap();
        let other: Vec<u8> = digest.iter().map(|byte| !byte).collect();
        let error = verify::verify(token, made(key), &other, signature).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidSignature);
    }
}

fn store_public(token: &Token, judge: &Judge, curve: Curve, usage: KeyUsage) {
    let key = new_key(curve, usage);
    let point = PublicKey::from_bytes(curve, &judge.public()).unwrap();
    import::import_public(token, &key, &point).unwrap();
    assert_eq!(export::export_public(token, made(&key)).unwrap(), point);
    if usage.verify {
        let signature = judge.sign(&DIGEST);
        verify::verify(token, made(&key), &DIGEST, &signature).unwrap();
    }
    assert_eq!(destroy::destroy_public(token, made(&key)).unwrap(), 1);
}

/// Makes a key pair, uses it, and destroys it whatever came of that.
pub(crate) fn with_key<T>(
    token: &Token,
    curve: Curve,
    usage: KeyUsage,
    use_it: impl FnOnce(&NewKey) -> Result<T>,
) -> Result<T> {
    let key = new_key(curve, usage);
    generate::generate(token, &key)?;
    let used = use_it(&key);
    destroy::destroy_pair(token, made(&key))?;
    used
}

/// Stores a key pair of OpenSSL's.
pub(crate) fn store_pair(token: &Token, curve: Curve, usage: KeyUsage) -> Result<()> {
    let scalar = PrivateKey::from_bytes(curve, &Judge::new(curve).scalar())?;
    import::import_pair(token, &new_key(curve, usage), &scalar)
}
