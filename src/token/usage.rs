//! Owns what a token is to allow for a key.

/// What the token is to allow for a key: the part of the PSA usage flags (PSA Crypto API 1.1,
/// section 9.5.2) that a token can enforce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct KeyUsage {
    /// `CKA_SIGN` of the private key.
    pub sign: bool,
    /// `CKA_VERIFY` of the public key.
    pub verify: bool,
    /// `CKA_DERIVE` of the private key.
    pub derive: bool,
    /// `CKA_EXTRACTABLE` of the private key; without it the key is `CKA_SENSITIVE`.
    pub export: bool,
}
