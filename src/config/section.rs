//! Owns the options of one `[[provider]]` table of type `Pkcs11`, as written.

use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

/// The options of one `Pkcs11` section; every one may be absent.
///
/// The first six are those of Parsec's own PKCS#11 provider and mean the same. Nothing is checked
/// here beyond the types: [`Config`](super::Config) does that. Unknown keys are ignored.
#[derive(Debug, Default, Clone, Deserialize)]
pub struct Section {
    /// Path of the PKCS#11 module.
    pub library_path: Option<PathBuf>,
    /// The slot to use; beside `serial_number` only a hint.
    pub slot_number: Option<u64>,
    /// The serial number of the token, at most 16 bytes; spaces around it do not count.
    pub serial_number: Option<String>,
    /// The user PIN: `str:` and the PIN, `hex:` and its bytes, or the PIN itself.
    #[serde(default, deserialize_with = "secret")]
    pub user_pin: Option<SecretString>,
    /// Whether public-key operations run in software.
    pub software_public_operations: Option<bool>,
    /// Whether key pairs may be made that can be exported.
    pub allow_export: Option<bool>,
    /// The label of the token, at most 32 bytes; spaces at its end do not count.
    pub token_label: Option<String>,
    /// The token as a `pkcs11:` URI (RFC 7512). Treated as a secret: by mistake it may hold a PIN.
    #[serde(default, deserialize_with = "secret")]
    pub token_uri: Option<SecretString>,
    /// A file that holds the PIN; one newline at its end does not count.
    pub user_pin_file: Option<PathBuf>,
    /// An environment variable that holds the PIN.
    pub user_pin_env: Option<String>,
    /// A systemd credential that holds the PIN.
    pub user_pin_credential: Option<String>,
    /// The `pReserved` string of `C_Initialize`.
    pub initialization_string: Option<String>,
    /// Whether to log in although a refusal would lock the PIN.
    pub allow_final_pin_try: Option<bool>,
    /// The name of this installation in labels on the token.
    pub instance: Option<String>,
    /// What labels say: `id` or `name`.
    pub label: Option<String>,
    /// The most sessions to open at once.
    pub max_sessions: Option<u32>,
    /// How long an operation waits for a free session, in milliseconds.
    pub session_timeout: Option<u64>,
    /// How long a call to the token may take, in milliseconds.
    pub call_timeout: Option<u64>,
    /// Whether handles of keys are kept between operations.
    pub handle_cache: Option<bool>,
    /// A file that says how this model of token differs.
    pub quirk_profile: Option<PathBuf>,
    /// Whether each signature is verified before it is handed out.
    pub verify_after_sign: Option<bool>,
}

impl Section {
    /// The names of all options, as they stand in the configuration file.
    pub const KEYS: &'static [&'static str] = &[
        "library_path",
        "slot_number",
        "serial_number",
        "user_pin",
        "software_public_operations",
        "allow_export",
        "token_label",
        "token_uri",
        "user_pin_file",
        "user_pin_env",
        "user_pin_credential",
        "initialization_string",
        "allow_final_pin_try",
        "instance",
        "label",
        "max_sessions",
        "session_timeout",
        "call_timeout",
        "handle_cache",
        "quirk_profile",
        "verify_after_sign",
    ];
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    deserializer.deserialize_string(SecretVisitor).map(Some)
}

/// Takes a string and refuses the rest without repeating it, as serde's own errors would:
/// `user_pin = 1234` is a PIN all the same.
struct SecretVisitor;

const NOT_A_STRING: &str = "the value must be a string in quotes";

impl<'de> Visitor<'de> for SecretVisitor {
    type Value = SecretString;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string in quotes")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(SecretString::from(text))
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(SecretString::from(text))
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Self::Value, E> {
        Err(E::custom(NOT_A_STRING))
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Err(E::custom(NOT_A_STRING))
    }

    fn visit_i128<E: serde::de::Error>(self, _: i128) -> Result<Self::Value, E> {
        Err(E::custom(NOT_A_STRING))
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Self::Value, E> {
        Err(E::custom(NOT_A_STRING))
    }

    fn visit_u128<E: serde::de::Error>(self, _: u128) -> Result<Self::Value, E> {
        Err(E::custom(NOT_A_STRING))
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Self::Value, E> {
        Err(E::custom(NOT_A_STRING))
    }

    fn visit_bytes<E: serde::de::Error>(self, _: &[u8]) -> Result<Self::Value, E> {
        Err(E::custom(NOT_A_STRING))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(serde::de::Error::custom(NOT_A_STRING))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(serde::de::Error::custom(NOT_A_STRING))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error as ValueError, I64Deserializer};
    use serde::forward_to_deserialize_any;

    /// Answers `deserialize_struct` with the names of the fields that serde asks for.
    struct FieldNames;

    impl<'de> Deserializer<'de> for FieldNames {
        type Error = ValueError;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ValueError> {
            Err(serde::de::Error::custom("not a struct"))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, ValueError> {
            Err(serde::de::Error::custom(fields.join(" ")))
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
            option unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    #[test]
    fn keys_are_the_fields() {
        let fields = Section::deserialize(FieldNames)
            .err()
            .map(|e| e.to_string());
        assert_eq!(fields, Some(Section::KEYS.join(" ")));
    }

    #[test]
    fn a_number_for_a_pin_is_not_repeated() {
        let number: I64Deserializer<ValueError> = 987_654_i64.into_deserializer();
        let text = secret(number).err().map(|e| e.to_string());
        assert_eq!(text.as_deref(), Some(NOT_A_STRING));
    }

    #[test]
    fn debug_shows_neither_pin_nor_uri() {
        let section = Section {
            user_pin: Some("987654".into()),
            token_uri: Some("pkcs11:?pin-value=987654".into()),
            ..Section::default()
        };
        let text = format!("{section:?}");
        assert!(
            text.contains("user_pin") && !text.contains("987654"),
            "{text}"
        );
    }
}
