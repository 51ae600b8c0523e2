//! Owns the comparison of digests.

use openssl::hash::{MessageDigest, hash};
use parsec_pkcs11_ecc::ec::Hash;

#[test]
fn digests_are_openssls() {
    for (ours, name) in [
        (Hash::Sha1, "SHA1"),
        (Hash::Sha224, "SHA224"),
        (Hash::Sha256, "SHA256"),
        (Hash::Sha384, "SHA384"),
        (Hash::Sha512, "SHA512"),
        (Hash::Sha512_224, "SHA512-224"),
        (Hash::Sha512_256, "SHA512-256"),
        (Hash::Sha3_224, "SHA3-224"),
        (Hash::Sha3_256, "SHA3-256"),
        (Hash::Sha3_384, "SHA3-384"),
        (Hash::Sha3_512, "SHA3-512"),
    ] {
        let theirs = MessageDigest::from_name(name).unwrap();
        for len in [
            0, 1, 55, 56, 63, 64, 65, 71, 72, 111, 112, 127, 128, 135, 136, 144, 1000,
        ] {
            let message: Vec<u8> = (0..=u8::MAX).cycle().take(len).collect();
            let expected = hash(theirs, &message).unwrap();
            assert_eq!(
                ours.digest(&message),
                &expected[..],
                "{name} of {len} bytes"
            );
            assert_eq!(ours.len(), expected.len(), "{name}");
        }
    }
}
