//! Owns a mapping as both key info managers have it, and its bytes.

use parsec_interface::operations::psa_key_attributes::Attributes;
use parsec_interface::requests::AuthType;
use parsec_service::authenticators::{Auth, INTERNAL_APP_NAME, INTERNAL_AUTH_ID};
use serde::{Deserialize, Serialize};

use super::provider_kind::ProviderKind;

/// What a name of an application leads to.
#[derive(Debug, Clone)]
pub(super) struct Mapping {
    pub(super) auth: Auth,
    pub(super) application: String,
    pub(super) provider: &'static ProviderKind,
    pub(super) provider_name: String,
    pub(super) name: String,
    /// By which the provider finds the key: bytes that only the provider understands.
    pub(super) id: Vec<u8>,
    pub(super) attributes: Attributes,
}

/// What SQLite tells mappings apart by: authenticator, application, name; the provider is no part of it.
pub(super) type Key = (u8, String, String);

impl Mapping {
    pub(super) fn key(&self) -> Key {
        (
            self.auth.authenticator_id(),
            self.application.clone(),
            self.name.clone(),
        )
    }

    pub(super) fn is_internal(&self) -> bool {
        self.auth == Auth::Internal
    }

    /// Whether both say the same about the same key.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.key() == other.key()
            && self.provider == other.provider
            && self.provider_name == other.provider_name
            && self.id == other.id
            && self.attributes == other.attributes
    }
}

/// The application of keys that a provider made for itself, whatever its clients are called.
pub(super) fn internal_application() -> String {
    INTERNAL_APP_NAME.to_owned()
}

/// The authenticator with this number in the database.
pub(super) fn auth_with_number(number: i64) -> Option<Auth> {
    Some(match number {
        INTERNAL_AUTH_ID => Auth::Internal,
        0 => Auth::Client(AuthType::NoAuth),
        1 => Auth::Client(AuthType::Direct),
        2 => Auth::Client(AuthType::Jwt),
        3 => Auth::Client(AuthType::UnixPeerCredentials),
        4 => Auth::Client(AuthType::JwtSvid),
        _ => return None,
    })
}

/// What the on-disk manager stores in a file: bincode, integers of fixed width.
#[derive(Serialize, Deserialize)]
struct MappingFile {
    id: Vec<u8>,
    attributes: Attributes,
}

/// What a file on disk holds.
///
/// # Errors
/// What is wrong with it: also bytes that the manager would pass over, as it writes none.
pub(super) fn decode_file(content: &[u8]) -> Result<(Vec<u8>, Attributes), &'static str> {
    if content.is_empty() {
        return Err("it is empty");
    }
    let file: MappingFile =
        bincode::deserialize(content).map_err(|_| "its content does not decode")?;
    // The same bytes again, or there are more behind them.
    match bincode::serialize(&file) {
        Ok(same) if same == content => Ok((file.id, file.attributes)),
        _ => Err("there are bytes behind the mapping in it"),
    }
}

/// The content of the file of a mapping.
pub(super) fn encode_file(mapping: &Mapping) -> bincode::Result<Vec<u8>> {
    bincode::serialize(&MappingFile {
        id: mapping.id.clone(),
        attributes: mapping.attributes,
    })
}

/// The attributes in a row of the database.
///
/// # Errors
/// As of a file: also bytes that the manager would pass over, which would be gone from what is written.
pub(super) fn decode_attributes(content: &[u8]) -> Result<Attributes, &'static str> {
    let attributes = bincode::deserialize(content).map_err(|_| "its attributes do not decode")?;
    match encode_attributes(attributes) {
        Ok(same) if same == content => Ok(attributes),
        _ => Err("there are bytes behind its attributes"),
    }
}

pub(super) fn encode_attributes(attributes: Attributes) -> bincode::Result<Vec<u8>> {
    bincode::serialize(&attributes)
}

/// What is wrong with the identifier, as far as this program knows the provider's form: four bytes and
/// more for PKCS#11.
pub(super) fn id_damage(provider: &ProviderKind, id: &[u8]) -> Option<&'static str> {
    (provider.number == ProviderKind::PKCS11_NUMBER && id.len() < 4)
        .then_some("the identifier of its key is too short")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mapping(id: Vec<u8>, attributes: Attributes) -> Mapping {
        Mapping {
            auth: Auth::Internal,
            application: internal_application(),
            provider: ProviderKind::with_number(0).unwrap(),
            provider_name: String::new(),
            name: String::new(),
            id,
            attributes,
        }
    }

    proptest! {
        #[test]
        fn what_decodes_is_written_the_same(
            id in proptest::collection::vec(any::<u8>(), 0..40),
            tail in proptest::collection::vec(0_u8..4, 0..80),
        ) {
            let length = u64::try_from(id.len()).unwrap().to_le_bytes();
            let content = [&length[..], &id, &tail].concat();
            if let Ok((decoded, attributes)) = decode_file(&content) {
                prop_assert_eq!(&decoded, &id);
                prop_assert_eq!(encode_file(&mapping(decoded, attributes)).unwrap(), content);
            }
        }

        #[test]
        fn no_bytes_do_harm(content in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode_file(&content);
            let _ = decode_attributes(&content);
        }
    }

    #[test]
    fn bytes_behind_the_attributes_are_not_passed_over() {
        let attributes: Attributes = bincode::deserialize(&[0; 64]).unwrap();
        let mut content = encode_attributes(attributes).unwrap();
        assert_eq!(decode_attributes(&content), Ok(attributes));
        content.push(0);
        assert!(decode_attributes(&content).unwrap_err().contains("behind"));
    }

    #[test]
    fn a_length_beyond_the_file_takes_no_memory() {
        let content = [u64::MAX.to_le_bytes(), [0; 8]].concat();
        assert!(decode_file(&content).is_err());
    }
}
