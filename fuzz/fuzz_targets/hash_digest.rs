//! Owns the target of the hashes: OpenSSL computes the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use openssl::hash::{MessageDigest, hash};
use parsec_pkcs11_ecc::ec::Hash;

const HASHES: [(Hash, &str); 12] = [
    (Hash::Ripemd160, "ripemd160"),
    (Hash::Sha1, "sha1"),
    (Hash::Sha224, "sha224"),
    (Hash::Sha256, "sha256"),
    (Hash::Sha384, "sha384"),
    (Hash::Sha512, "sha512"),
    (Hash::Sha512_224, "sha512-224"),
    (Hash::Sha512_256, "sha512-256"),
    (Hash::Sha3_224, "sha3-224"),
    (Hash::Sha3_256, "sha3-256"),
    (Hash::Sha3_384, "sha3-384"),
    (Hash::Sha3_512, "sha3-512"),
];

fuzz_target!(|message: &[u8]| {
    for (ours, name) in HASHES {
        let digest = ours.digest(message);
        assert_eq!(digest.len(), ours.len());
        let theirs = MessageDigest::from_name(name).and_then(|theirs| hash(theirs, message).ok());
        if let Some(theirs) = theirs {
            assert_eq!(*digest, *theirs, "{name}");
        }
    }
});
