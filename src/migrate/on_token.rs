//! Owns the search for the keys of mappings on their token.

use std::collections::HashSet;

use parsec_interface::operations::psa_key_attributes::Attributes;

use super::mapping::Mapping;
use super::migration::{Observer, Step};
use super::provider_kind::ProviderKind;
use super::report::{MissingKey, TokenCheck};
use crate::config::{Config, Section};
use crate::error::Result;
use crate::op;
use crate::provider::stored_id::{State, StoredId};
use crate::token::{KeyClass, KeyId, Token};

/// Looks for the key of each of `mappings` that is of the PKCS#11 provider; `None` if none is.
///
/// # Errors
/// If the token cannot be used: nobody can tell then whether a key is on it.
pub(super) fn check(
    section: Section,
    mappings: &[Mapping],
    observer: &mut dyn Observer,
) -> Result<Option<TokenCheck>> {
    let mappings: Vec<&Mapping> = mappings
        .iter()
        .filter(|mapping| mapping.provider.number == ProviderKind::PKCS11_NUMBER)
        .collect();
    if mappings.is_empty() {
        return Ok(None);
    }
    let token = Token::open(Config::try_from(section)?).map_err(|error| {
        error
            .context("the keys cannot be looked for on the token (--without-token leaves that out)")
    })?;
    let keys = Keys::read(&token)?;
    let mut check = TokenCheck {
        serial: token.serial(),
        found: 0,
        not_looked_for: 0,
        missing: Vec::new(),
    };
    observer.begin(Step::LookForKeys, mappings.len());
    for mapping in mappings {
        observer.advance();
        // Damage to the identifier was found when it was read.
        let Ok(stored) = bincode::deserialize::<StoredId>(&mapping.id) else {
            continue;
        };
        let class = class(mapping.attributes);
        if stored.state != State::Ready || (class == KeyClass::Private && !token.is_logged_in()) {
            check.not_looked_for += 1;
        } else if keys.has(&token, mapping.attributes, class, stored.id)? {
            check.found += 1;
        } else {
            check.missing.push(MissingKey {
                application: mapping.application.clone(),
                key: mapping.name.clone(),
                id: stored.id.to_string(),
            });
        }
    }
    Ok(Some(check))
}

fn class(attributes: Attributes) -> KeyClass {
    match attributes.key_type.is_public_key() {
        true => KeyClass::Public,
        false => KeyClass::Private,
    }
}

/// The elliptic-curve keys on the token. There may be many, so they are listed once.
struct Keys {
    private: HashSet<KeyId>,
    public: HashSet<KeyId>,
}

impl Keys {
    fn read(token: &Token) -> Result<Self> {
        let ids = |class| -> Result<HashSet<KeyId>> {
            let keys = op::survey::keys(token, class, &|| true)?;
            Ok(keys.into_iter().filter_map(|key| key.id).collect())
        };
        Ok(Self {
            private: ids(KeyClass::Private)?,
            public: ids(KeyClass::Public)?,
        })
    }

    fn has(
        &self,
        token: &Token,
        attributes: Attributes,
        class: KeyClass,
        id: KeyId,
    ) -> Result<bool> {
        let key_type = attributes.key_type;
        if !(key_type.is_ecc_key_pair() || key_type.is_ecc_public_key()) {
            return op::survey::holds(token, class, id);
        }
        Ok(match class {
            KeyClass::Private => self.private.contains(&id),
            KeyClass::Public => self.public.contains(&id),
        })
    }
}
