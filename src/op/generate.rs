//! Owns key pair generation: `C_GenerateKeyPair` with `CKM_EC_KEY_PAIR_GEN`, or
//! `CKM_EC_MONTGOMERY_KEY_PAIR_GEN`.

use crate::config::Ability;
use crate::error::Result;
use crate::token::Token;

use super::capability;
use super::objects::{generate_pair, make_unique};
use super::template::{Lifetime, NewKey};

/// Makes a key pair on the token (PKCS#11 3.0, current mechanisms, sections 2.3.9 and 2.3.11).
///
/// # Errors
///
/// [`ErrorKind::NotSupported`](crate::ErrorKind::NotSupported) if the token does not make keys on this curve;
/// [`ErrorKind::IdClash`](crate::ErrorKind::IdClash) if something else has the identifier; what the token
/// returned otherwise. Objects may be left after any of these, and
/// [`destroy::unfinished`](super::destroy::unfinished) removes them.
pub fn generate(token: &Token, key: &NewKey) -> Result<()> {
    token.permit(Ability::Generate, key.curve)?;
    capability::permit_export(token, key)?;
    make_unique(token, key, |session| {
        let pair = generate_pair(session, key, Lifetime::Token)?;
        Ok(vec![pair.private, pair.public])
    })
    .map_err(|error| {
        let ability = capability::of_new_key(Ability::Generate, key.usage);
        capability::explain(token, error, ability, key.curve, || {
            capability::can_generate(token, key.curve)
        })
    })
}
