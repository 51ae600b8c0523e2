//! Owns where the PIN comes from, and the reading of it.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use log::warn;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::token_uri::TokenUri;
use super::{Pin, Section, refused};
use crate::error::Result;

/// No PIN is longer; what is longer is another file.
const MAX_LENGTH: usize = 4096;

/// The one place that a section names for its PIN.
#[derive(Debug)]
pub(super) enum PinSource<'a> {
    /// `user_pin`: the PIN itself.
    Option(&'a SecretString),
    /// A file, and the option that names it.
    File(&'static str, &'a Path),
    /// `user_pin_env`: an environment variable.
    Environment(&'a str),
    /// `user_pin_credential`: a systemd credential.
    Credential(&'a str),
}

impl<'a> PinSource<'a> {
    /// `None` if no option names a PIN; an error if two do.
    pub(super) fn choose(section: &'a Section, uri: &'a TokenUri) -> Result<Option<Self>> {
        let file = |name| move |path: &'a PathBuf| (name, Self::File(name, path));
        let mut named = [
            section
                .user_pin
                .as_ref()
                .map(|pin| ("user_pin", Self::Option(pin))),
            section.user_pin_file.as_ref().map(file("user_pin_file")),
            uri.pin_source.as_ref().map(file("pin-source of token_uri")),
            section
                .user_pin_env
                .as_ref()
                .map(|name| ("user_pin_env", Self::Environment(name))),
            section
                .user_pin_credential
                .as_ref()
                .map(|name| ("user_pin_credential", Self::Credential(name))),
        ]
        .into_iter()
        .flatten();
        match (named.next(), named.next()) {
            (Some((first, _)), Some((second, _))) => Err(refused(format!(
                "{first} and {second} both give the PIN: keep one of them"
            ))),
            (first, _) => Ok(first.map(|(_, source)| source)),
        }
    }

    /// Reads the PIN.
    pub(super) fn read(self) -> Result<Pin> {
        self.read_with(|name| std::env::var_os(name))
    }

    fn read_with(self, environment: impl Fn(&str) -> Option<OsString>) -> Result<Pin> {
        match self {
            Self::Option(pin) => Pin::parse(pin.expose_secret()).map_err(|e| e.context("user_pin")),
            Self::File(option, path) => read_file(option, path),
            Self::Environment(name) => {
                if !is_variable_name(name) {
                    return Err(refused(
                        "user_pin_env is not the name of an environment variable (letters, digits and `_`, no digit first): set it to the name, not to the PIN",
                    ));
                }
                let value = environment(name).ok_or_else(|| {
                    refused(format!(
                        "user_pin_env names the environment variable {name}, which is not set: set it for this process, or use user_pin_file"
                    ))
                })?;
                let value = Zeroizing::new(value.into_vec());
                non_empty(&value, || {
                    format!("user_pin_env: the environment variable {name}")
                })
            }
            Self::Credential(name) => {
                if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']) {
                    return Err(refused(
                        "user_pin_credential is not the name of a systemd credential: set it to NAME where the unit says LoadCredential=NAME:PATH",
                    ));
                }
                let directory = environment("CREDENTIALS_DIRECTORY").ok_or_else(|| {
                    refused(format!(
                        "user_pin_credential: this process was given no systemd credentials; put LoadCredential={name}:PATH into the unit, or use user_pin_file"
                    ))
                })?;
                read_file("user_pin_credential", &Path::new(&directory).join(name))
            }
        }
    }
}

fn read_file(option: &str, path: &Path) -> Result<Pin> {
    let describe = || format!("{option}: {}", path.display());
    let unreadable = |error: io::Error| {
        refused(format!(
            "{} cannot be read; it must exist and be readable by the user of this service",
            describe()
        ))
        .with_source(error)
    };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_file() && metadata.mode() & 0o044 != 0 {
        warn!(
            "{} can be read by others (mode {:04o}): `chmod 600` keeps the PIN to its owner",
            describe(),
            metadata.mode() & 0o7777
        );
    }
    // Room for all that may be read, so that the buffer is never moved with a PIN in it.
    let mut text = Zeroizing::new(Vec::with_capacity(2 * MAX_LENGTH));
    let limit = u64::try_from(MAX_LENGTH).unwrap_or(u64::MAX);
    file.take(limit + 1)
        .read_to_end(&mut text)
        .map_err(unreadable)?;
    if text.len() > MAX_LENGTH {
        return Err(refused(format!(
            "{} has more than {MAX_LENGTH} bytes, so it is no PIN: name the right file",
            describe()
        )));
    }
    let line = text.strip_suffix(b"\r\n").or(text.strip_suffix(b"\n"));
    non_empty(line.unwrap_or(&text), describe)
}

/// Whether `name` is one by POSIX.1-2017, section 8.1. A PIN of digits is none, and so not repeated.
fn is_variable_name(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A PIN that something outside of the configuration file holds: there, empty means forgotten.
fn non_empty(text: &[u8], describe: impl Fn() -> String) -> Result<Pin> {
    if text.is_empty() {
        return Err(refused(format!(
            "{} is empty: put the PIN there",
            describe()
        )));
    }
    Pin::from_bytes(text).map_err(|e| e.context(describe()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn environment(name: &str) -> Option<OsString> {
        match name {
            "PIN" => Some("hex:31ff".into()),
            "RAW" => Some(OsString::from_vec(vec![0xff, 0xfe])),
            "EMPTY" => Some("".into()),
            "BAD" => Some("hex:98765".into()),
            _ => None,
        }
    }

    fn bytes(pin: Result<Pin>) -> std::result::Result<Vec<u8>, String> {
        pin.map(|pin| pin.as_bytes().to_vec())
            .map_err(|e| e.to_string())
    }

    #[test]
    fn environment_variables() {
        let read = |name| bytes(PinSource::Environment(name).read_with(environment));
        assert_eq!(read("PIN"), Ok(vec![0x31, 0xff]));
        assert_eq!(read("RAW"), Ok(vec![0xff, 0xfe]));
        for (name, reason) in [
            ("EMPTY", "is empty"),
            ("NONE", "not set"),
            ("", "name"),
            ("A=B", "name"),
            ("12", "name"),
        ] {
            assert!(
                read(name).is_err_and(|text| text.contains(reason)),
                "{name}"
            );
        }
        assert!(read("BAD").is_err_and(|text| text.contains("BAD") && !text.contains("98765")));
    }

    #[test]
    fn credentials() -> io::Result<()> {
        let directory = tempfile::tempdir()?;
        fs::write(directory.path().join("pin"), "1234\n")?;
        let given = |name: &str| (name == "CREDENTIALS_DIRECTORY").then(|| directory.path().into());
        assert_eq!(
            bytes(PinSource::Credential("pin").read_with(given)),
            Ok(b"1234".to_vec())
        );
        let absent = bytes(PinSource::Credential("other").read_with(given));
        assert!(absent.is_err_and(|text| text.contains("other")));
        for bad in ["", ".", "..", "a/b", "/etc/passwd", "a\0"] {
            let text = bytes(PinSource::Credential(bad).read_with(given));
            assert!(
                text.is_err_and(|text| text.contains("LoadCredential")),
                "{bad}"
            );
        }
        let none = bytes(PinSource::Credential("pin").read_with(environment));
        assert!(none.is_err_and(|text| text.contains("LoadCredential=pin")));
        Ok(())
    }

    #[test]
    fn one_newline_at_the_end_does_not_count() -> io::Result<()> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("pin");
        for (content, pin) in [
            (b"1234".as_slice(), b"1234".as_slice()),
            (b"1234\n", b"1234"),
            (b"1234\r\n", b"1234"),
            (b"1234\r", b"1234\r"),
            (b"1234\n\n", b"1234\n"),
            (b" 1234 ", b" 1234 "),
            (b"\xff\x00\n", b"\xff\x00"),
            (b"str:hex:\n", b"hex:"),
        ] {
            fs::write(&path, content)?;
            assert_eq!(bytes(read_file("user_pin_file", &path)), Ok(pin.to_vec()));
        }
        for content in ["", "\n"] {
            fs::write(&path, content)?;
            let text = bytes(read_file("user_pin_file", &path));
            assert!(text.is_err_and(|text| text.contains("is empty")));
        }
        fs::write(&path, "9".repeat(MAX_LENGTH + 1))?;
        let text = bytes(read_file("user_pin_file", &path));
        assert!(text.is_err_and(|text| text.contains("no PIN") && !text.contains("99")));
        let text = bytes(read_file("user_pin_file", directory.path()));
        assert!(text.is_err_and(|text| text.contains("cannot be read")));
        Ok(())
    }
}
