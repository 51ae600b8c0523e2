//! Owns `pkcs11:` URIs (RFC 7512) as far as they choose a token, a module and a PIN file.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::{TokenChoice, refused};
use crate::error::{Error, Result};

/// What a `pkcs11:` URI says about a token.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TokenUri {
    /// Path attributes `token`, `manufacturer`, `serial`, `model` and `slot-id`.
    pub(super) token: TokenChoice,
    /// Query attribute `module-path`.
    pub(super) module_path: Option<PathBuf>,
    /// Query attribute `pin-source`: an absolute path.
    pub(super) pin_source: Option<PathBuf>,
}

impl TokenUri {
    /// Reads a URI by the grammar of RFC 7512, section 2.3.
    ///
    /// Stricter than a consumer has to be: an attribute that says nothing about a token, or that
    /// is unknown, is refused, as the token found without it may be another one. The value of an
    /// attribute is never repeated in an error.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let attributes = match text.split_at_checked(7) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("pkcs11:") => rest,
            _ => {
                return Err(uri_error(
                    "it does not begin with `pkcs11:`; `p11tool --list-tokens` prints URIs of tokens",
                ));
            }
        };
        let (path, query) = match attributes.split_once('?') {
            Some((path, query)) => (path, query),
            None => (attributes, ""),
        };
        let mut uri = Self::default();
        let mut seen = Vec::new();
        for (part, separator, more) in [(path, ';', b"&".as_slice()), (query, '&', b"/?|")] {
            for attribute in part.split(separator).filter(|_| !part.is_empty()) {
                let (name, value) = name_and_value(attribute)?;
                if seen.contains(&name) {
                    return Err(uri_error(format!(
                        "the attribute `{name}` stands in it twice"
                    )));
                }
                seen.push(name);
                let value = percent_decoded(name, value, more)?;
                match separator {
                    ';' => uri.set_path_attribute(name, value)?,
                    _ => uri.set_query_attribute(name, value)?,
                }
            }
        }
        Ok(uri)
    }

    fn set_path_attribute(&mut self, name: &str, value: Zeroizing<Vec<u8>>) -> Result<()> {
        let field = match name {
            "token" => &mut self.token.label,
            "manufacturer" => &mut self.token.manufacturer,
            "serial" => &mut self.token.serial,
            "model" => &mut self.token.model,
            "slot-id" => {
                self.token.slot = Some(slot_id(&value)?);
                return Ok(());
            }
            "object" | "id" | "type" => {
                return Err(uri_error(format!(
                    "the attribute `{name}` chooses an object, but keys are chosen by clients: remove it"
                )));
            }
            "slot-description"
            | "slot-manufacturer"
            | "library-description"
            | "library-manufacturer"
            | "library-version" => {
                return Err(uri_error(format!(
                    "the attribute `{name}` is not supported: choose the token by serial, token, manufacturer, model or slot-id"
                )));
            }
            _ => return Err(unknown(name)),
        };
        let text = std::str::from_utf8(&value)
            .map_err(|_| uri_error(format!("the value of `{name}` is not UTF-8")))?;
        *field = Some(text.to_owned());
        Ok(())
    }

    fn set_query_attribute(&mut self, name: &str, value: Zeroizing<Vec<u8>>) -> Result<()> {
        match name {
            "module-path" => self.module_path = Some(OsString::from_vec(value.to_vec()).into()),
            "pin-source" => self.pin_source = Some(pin_path(&value)?),
            "pin-value" => {
                return Err(uri_error(
                    "the attribute `pin-value` holds a PIN, and a URI is too easily shown to others: remove it, and use pin-source, user_pin_file or user_pin_credential",
                ));
            }
            "module-name" => {
                return Err(uri_error(
                    "the attribute `module-name` is not supported: use module-path or library_path",
                ));
            }
            _ => return Err(unknown(name)),
        }
        Ok(())
    }
}

fn uri_error(what: impl std::fmt::Display) -> Error {
    refused(format!("token_uri: {what}"))
}

fn unknown(name: &str) -> Error {
    uri_error(format!(
        "the attribute `{name}` is unknown: remove it (known are token, serial, manufacturer, model, slot-id, and after `?` module-path and pin-source)"
    ))
}

/// `pk11-attr-name "=" value`. What has no `=` is not repeated: it may be the rest of a PIN.
fn name_and_value(attribute: &str) -> Result<(&str, &str)> {
    let (name, value) = attribute
        .split_once('=')
        .ok_or_else(|| uri_error("an attribute is empty or has no `=`"))?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if name.is_empty() || !name.bytes().all(allowed) {
        return Err(uri_error(
            "the name of an attribute is empty or holds something else than letters, digits, `-` and `_`",
        ));
    }
    Ok((name, value))
}

/// The bytes of a value whose characters are `unreserved`, `pk11-res-avail`, one of `more`, or
/// percent-encoded.
fn percent_decoded(name: &str, value: &str, more: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(value.len()));
    let mut rest = value.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'%' => {
                let mut decoded = [0];
                let (digits, tail) = rest.split_at_checked(2).unwrap_or((&[], rest));
                hex::decode_to_slice(digits, &mut decoded).map_err(|_| {
                    uri_error(format!(
                        "a `%` in the value of `{name}` is not followed by two hexadecimal digits"
                    ))
                })?;
                rest = tail;
                bytes.extend(decoded);
            }
            b'-' | b'.' | b'_' | b'~' | b':' | b'[' | b']' | b'@' | b'!' | b'$' | b'\'' | b'('
            | b')' | b'*' | b'+' | b',' | b'=' => bytes.push(byte),
            _ if byte.is_ascii_alphanumeric() || more.contains(&byte) => bytes.push(byte),
            _ => {
                return Err(uri_error(format!(
                    "the value of `{name}` holds a character that must be percent-encoded (a space is `%20`)"
                )));
            }
        }
    }
    if bytes.contains(&0) {
        return Err(uri_error(format!(
            "the value of `{name}` holds a NUL character"
        )));
    }
    Ok(bytes)
}

fn slot_id(value: &[u8]) -> Result<u64> {
    std::str::from_utf8(value)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| uri_error("the value of `slot-id` is not a decimal number"))
}

/// The file of a `pin-source`: an absolute path, or a `file:` URI (RFC 8089) of this host.
fn pin_path(value: &[u8]) -> Result<PathBuf> {
    let path = match value.strip_prefix(b"file:") {
        // Decoded once already; whether this `%` is one of a file URI or of a path is anyone's guess.
        Some(path) if path.contains(&b'%') => {
            return Err(uri_error(
                "the file of `pin-source` has a `%` in its name: use user_pin_file",
            ));
        }
        Some(path) => match path.strip_prefix(b"//") {
            Some(rest) => rest.strip_prefix(b"localhost").unwrap_or(rest),
            None => path,
        },
        None => value,
    };
    if path.first() != Some(&b'/') {
        return Err(uri_error(
            "`pin-source` is neither an absolute path nor a `file:` URI of this host (commands are not run)",
        ));
    }
    Ok(OsString::from_vec(path.to_vec()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn error(text: &str) -> String {
        TokenUri::parse(text).map_or_else(|e| e.to_string(), |uri| format!("taken: {uri:?}"))
    }

    #[test]
    fn all_that_is_supported() {
        let uri = TokenUri::parse(
            "PKCS11:token=My%20token%3b;manufacturer=Snake%20Oil,%20Inc.;serial=de0123;model=1.0;slot-id=327\
             ?module-path=/usr/lib/p11/x.so&pin-source=file:///etc/token_pin",
        );
        let expected = TokenUri {
            token: TokenChoice {
                slot: Some(327),
                serial: Some("de0123".into()),
                label: Some("My token;".into()),
                manufacturer: Some("Snake Oil, Inc.".into()),
                model: Some("1.0".into()),
            },
            module_path: Some("/usr/lib/p11/x.so".into()),
            pin_source: Some("/etc/token_pin".into()),
        };
        assert_eq!(uri.ok(), Some(expected));
        for empty in ["pkcs11:", "pkcs11:?"] {
            assert_eq!(TokenUri::parse(empty).ok(), Some(TokenUri::default()));
        }
    }

    #[test]
    fn pin_sources() {
        for (text, path) in [
            ("file:/run/pin", "/run/pin"),
            ("file://localhost/run/pin", "/run/pin"),
            ("/run/my%20pin", "/run/my pin"),
        ] {
            let uri = TokenUri::parse(&format!("pkcs11:?pin-source={text}"));
            assert_eq!(uri.ok().and_then(|uri| uri.pin_source), Some(path.into()));
        }
        for bad in [
            "file:pin",
            "file://host/pin",
            "|/bin/pin",
            "pin",
            "",
            "https:/x",
            "file:/a%2520b",
        ] {
            let text = error(&format!("pkcs11:?pin-source={bad}"));
            assert!(text.contains("pin-source"), "{bad}: {text}");
        }
    }

    #[test]
    fn refused_with_a_reason() {
        for (text, reason) in [
            ("", "does not begin"),
            ("pkcs11", "does not begin"),
            ("token=x", "does not begin"),
            ("pkcs11:token", "no `=`"),
            ("pkcs11:token=a;", "no `=`"),
            ("pkcs11:;token=a", "no `=`"),
            ("pkcs11:=a", "name of an attribute"),
            ("pkcs11:t\u{f6}ken=a", "name of an attribute"),
            ("pkcs11:token=a;token=a", "twice"),
            ("pkcs11:token=a b", "percent-encoded"),
            ("pkcs11:token=a/b", "percent-encoded"),
            ("pkcs11:token=\u{f6}", "percent-encoded"),
            ("pkcs11:token=%4", "hexadecimal"),
            ("pkcs11:token=%zz", "hexadecimal"),
            ("pkcs11:token=%", "hexadecimal"),
            ("pkcs11:token=%ff", "not UTF-8"),
            ("pkcs11:token=%00", "NUL"),
            ("pkcs11:slot-id=+1", "decimal"),
            ("pkcs11:slot-id=", "decimal"),
            ("pkcs11:slot-id=99999999999999999999", "decimal"),
            ("pkcs11:object=key", "object"),
            ("pkcs11:id=%01", "object"),
            ("pkcs11:type=private", "object"),
            ("pkcs11:library-version=1", "not supported"),
            ("pkcs11:x-vendor=1", "unknown"),
            ("pkcs11:?token=a", "unknown"),
            ("pkcs11:pin-source=a", "unknown"),
            ("pkcs11:?module-name=p11", "module-path"),
            ("pkcs11:?x=%20 ", "percent-encoded"),
        ] {
            let message = error(text);
            assert!(
                message.starts_with("token_uri: ") && message.contains(reason),
                "{text}: {message}"
            );
        }
    }

    #[test]
    fn a_pin_in_a_uri_is_refused_and_not_repeated() {
        for text in [
            "pkcs11:token=a?pin-value=987654",
            "pkcs11:pin-value=987654",
            "pkcs11:?pin-value=9876 54",
            "pkcs11:?pin-value:987654",
            "pkcs11:?987654",
        ] {
            let message = error(text);
            assert!(
                message.starts_with("token_uri: ") && !message.contains("9876"),
                "{message}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in "(pkcs11:)?.{0,80}") {
            let _ = TokenUri::parse(&text);
        }

        #[test]
        fn every_label_survives_percent_encoding(label in "[^\u{0}]{0,32}") {
            let encoded: String = label.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let uri = TokenUri::parse(&format!("pkcs11:token={encoded}"));
            prop_assert_eq!(uri.ok().and_then(|uri| uri.token.label), Some(label));
        }
    }
}
