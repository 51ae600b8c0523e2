//! Owns what an application asks for, whatever version of parsec-client it uses.

/// What a service answers: a status by its name, as each version of parsec-client has a type of its own.
pub(crate) type Answer<T = ()> = Result<T, String>;

/// The attributes of a key; ECDSA with SHA-256, or ECDH.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Key {
    pub(crate) bits: usize,
    pub(crate) public: bool,
    pub(crate) signs: bool,
    pub(crate) verifies: bool,
    pub(crate) agrees: bool,
    pub(crate) exports: bool,
}

impl Key {
    /// A key pair that signs and verifies.
    pub(crate) fn signing(bits: usize) -> Self {
        Self {
            bits,
            signs: true,
            verifies: true,
            ..Self::default()
        }
    }

    /// A public key that verifies.
    pub(crate) fn verifying(bits: usize) -> Self {
        Self {
            bits,
            public: true,
            verifies: true,
            ..Self::default()
        }
    }

    /// A key pair that agrees secrets.
    pub(crate) fn agreeing(bits: usize) -> Self {
        Self {
            bits,
            agrees: true,
            ..Self::default()
        }
    }
}

/// One application.
pub(crate) trait Application {
    fn provider_description(&self) -> Answer<String>;
    fn operations(&self) -> Answer<Vec<String>>;
    fn keys(&self) -> Answer<Vec<String>>;
    fn generate(&self, name: &str, key: Key) -> Answer;
    fn generate_rsa(&self, name: &str) -> Answer;
    fn import(&self, name: &str, key: Key, data: &[u8]) -> Answer;
    fn export_public(&self, name: &str) -> Answer<Vec<u8>>;
    fn export(&self, name: &str) -> Answer<Vec<u8>>;
    fn destroy(&self, name: &str) -> Answer;
    fn sign_hash(&self, name: &str, digest: &[u8]) -> Answer<Vec<u8>>;
    fn verify_hash(&self, name: &str, digest: &[u8], signature: &[u8]) -> Answer;
    fn agree(&self, name: &str, peer: &[u8]) -> Answer<Vec<u8>>;
    fn random(&self, size: usize) -> Answer<Vec<u8>>;
    fn hash(&self, data: &[u8]) -> Answer<Vec<u8>>;
}
