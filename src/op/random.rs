//! Owns random bytes: `C_GenerateRandom`.

use cryptoki::context::Function;
use zeroize::Zeroizing;

use crate::error::Result;
use crate::token::Token;

/// The bytes asked for in one call: some tokens refuse more.
const CHUNK: usize = 4096;

/// `length` random bytes from the token.
///
/// # Errors
///
/// What the token returned.
pub fn random(token: &Token, length: usize) -> Result<Zeroizing<Vec<u8>>> {
    token.repeat(|session| {
        let mut bytes = Zeroizing::new(vec![0; length]);
        for chunk in bytes.chunks_mut(CHUNK) {
            session.call(Function::GenerateRandom, |session| {
                session.generate_random_slice(chunk)
            })?;
        }
        Ok(bytes)
    })
}
