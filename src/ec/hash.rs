//! Owns the hash algorithms that an ECDSA policy can name.

use ripemd::Ripemd160;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};
use sha3::{Sha3_224, Sha3_256, Sha3_384, Sha3_512};

/// A hash algorithm: PSA Crypto API 1.1, section 10.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hash {
    /// RIPEMD-160: ISO/IEC 10118-3.
    Ripemd160,
    /// SHA-1: FIPS 180-4.
    Sha1,
    /// SHA-224: FIPS 180-4.
    Sha224,
    /// SHA-256: FIPS 180-4.
    Sha256,
    /// SHA-384: FIPS 180-4.
    Sha384,
    /// SHA-512: FIPS 180-4.
    Sha512,
    /// SHA-512/224: FIPS 180-4.
    Sha512_224,
    /// SHA-512/256: FIPS 180-4.
    Sha512_256,
    /// SHA3-224: FIPS 202.
    Sha3_224,
    /// SHA3-256: FIPS 202.
    Sha3_256,
    /// SHA3-384: FIPS 202.
    Sha3_384,
    /// SHA3-512: FIPS 202.
    Sha3_512,
}

impl Hash {
    /// The length of a digest, in bytes.
    #[expect(clippy::len_without_is_empty, reason = "no digest is empty")]
    pub const fn len(self) -> usize {
        match self {
            Self::Ripemd160 | Self::Sha1 => 20,
            Self::Sha224 | Self::Sha512_224 | Self::Sha3_224 => 28,
            Self::Sha256 | Self::Sha512_256 | Self::Sha3_256 => 32,
            Self::Sha384 | Self::Sha3_384 => 48,
            Self::Sha512 | Self::Sha3_512 => 64,
        }
    }

    /// The digest of `message`: [`Self::len`] bytes.
    pub fn digest(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Ripemd160 => Ripemd160::digest(message).to_vec(),
            Self::Sha1 => Sha1::digest(message).to_vec(),
            Self::Sha224 => Sha224::digest(message).to_vec(),
            Self::Sha256 => Sha256::digest(message).to_vec(),
            Self::Sha384 => Sha384::digest(message).to_vec(),
            Self::Sha512 => Sha512::digest(message).to_vec(),
            Self::Sha512_224 => Sha512_224::digest(message).to_vec(),
            Self::Sha512_256 => Sha512_256::digest(message).to_vec(),
            Self::Sha3_224 => Sha3_224::digest(message).to_vec(),
            Self::Sha3_256 => Sha3_256::digest(message).to_vec(),
            Self::Sha3_384 => Sha3_384::digest(message).to_vec(),
            Self::Sha3_512 => Sha3_512::digest(message).to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    /// The vectors of the algorithm's authors, for OpenSSL 3 has it in its legacy provider only.
    #[test]
    fn ripemd160_known_answers() {
        let digest = |message: &[u8]| Hash::Ripemd160.digest(message);
        assert_eq!(
            digest(b""),
            hex!("9c1185a5c5e9fc54612808977ee8f548b2258d31")
        );
        assert_eq!(
            digest(b"abc"),
            hex!("8eb208f7e05d987a9b044a8e98c6b087f15a0bfc")
        );
        assert_eq!(
            digest(b"message digest"),
            hex!("5d0689ef49d2fae572b881b123a85ffa21595f36")
        );
        assert_eq!(
            digest(&[b'a'; 1_000_000]),
            hex!("52783243c1697bdbe16d37f97f68f08325dc1528")
        );
    }

    #[test]
    fn a_digest_has_its_length() {
        for hash in [
            Hash::Ripemd160,
            Hash::Sha1,
            Hash::Sha224,
            Hash::Sha256,
            Hash::Sha384,
            Hash::Sha512,
            Hash::Sha512_224,
            Hash::Sha512_256,
            Hash::Sha3_224,
            Hash::Sha3_256,
            Hash::Sha3_384,
            Hash::Sha3_512,
        ] {
            assert_eq!(hash.digest(b"message").len(), hash.len(), "{hash:?}");
        }
    }
}
