//! Owns the user PIN in memory.

use std::fmt;
use std::path::Path;

use zeroize::Zeroizing;

use super::pin_source::PinSource;
use super::refused;
use crate::error::Result;

/// A user PIN: the bytes that `C_Login` gets, UTF-8 or not.
///
/// Erased when dropped, and absent from `Debug`.
#[derive(PartialEq, Eq)]
pub struct Pin(Zeroizing<Vec<u8>>);

impl Pin {
    /// Reads a PIN as options and PIN sources write it: `str:` and the PIN, `hex:` and the PIN's
    /// bytes as hexadecimal digits, or the PIN itself.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::error::ErrorKind::Configuration) if what follows `hex:`
    /// is not an even number of hexadecimal digits; the text does not repeat it.
    pub fn parse(text: &str) -> Result<Self> {
        Self::from_bytes(text.as_bytes())
    }

    /// The PIN in a file, as `user_pin_file` reads it.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::error::ErrorKind::Configuration) if it cannot be read, or as those of [`Pin::parse`].
    pub fn from_file(path: &Path) -> Result<Self> {
        PinSource::File("the PIN file", path).read()
    }

    /// The PIN in an environment variable, as `user_pin_env` reads it.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::error::ErrorKind::Configuration) if it is not set, or as those of [`Pin::parse`].
    pub fn from_environment(name: &str) -> Result<Self> {
        PinSource::Environment(name).read()
    }

    /// [`Pin::parse`] for bytes that need not be UTF-8.
    pub(super) fn from_bytes(text: &[u8]) -> Result<Self> {
        if let Some(literal) = text.strip_prefix(b"str:") {
            return Ok(Self(Zeroizing::new(literal.to_vec())));
        }
        let Some(digits) = text.strip_prefix(b"hex:") else {
            return Ok(Self(Zeroizing::new(text.to_vec())));
        };
        let mut bytes = Zeroizing::new(vec![0; digits.len() / 2]);
        // The decoder's own error would repeat a digit of the PIN.
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| {
            refused("the PIN begins with `hex:`, but an even number of hexadecimal digits does not follow: correct it, or write `str:` before a PIN that is no hexadecimal number")
        })?;
        Ok(Self(bytes))
    }

    /// The PIN with these bytes, whatever they begin with.
    #[cfg(feature = "check")]
    pub(crate) fn from_raw(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// The bytes that `C_Login` gets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_three_forms() {
        let bytes = |text| Pin::parse(text).map(|pin| pin.as_bytes().to_vec()).ok();
        assert_eq!(bytes("123456"), Some(b"123456".to_vec()));
        assert_eq!(bytes("str:hex:00"), Some(b"hex:00".to_vec()));
        assert_eq!(bytes("str:"), Some(Vec::new()));
        assert_eq!(bytes("hex:00FFfe80"), Some(vec![0, 0xff, 0xfe, 0x80]));
        assert_eq!(bytes("HEX:zz"), Some(b"HEX:zz".to_vec()));
    }

    #[test]
    fn bad_hex_is_an_error_that_does_not_repeat_it() {
        for bad in [
            "hex:7",
            "hex:987654z",
            "hex:98 76 54",
            "hex:0x987654",
            "hex:9876\u{e9}",
        ] {
            let text = Pin::parse(bad).err().map(|e| format!("{e} {e:?}"));
            let text = text.unwrap_or_default();
            assert!(text.contains("hexadecimal"), "{bad}: {text}");
            assert!(!text.contains("98") && !text.contains('7'), "{bad}: {text}");
        }
    }

    proptest! {
        #[test]
        fn hex_gives_back_every_byte_string(pin: Vec<u8>) {
            let parsed = Pin::parse(&format!("hex:{}", hex::encode(&pin)));
            prop_assert_eq!(parsed.ok().map(|p| p.as_bytes().to_vec()), Some(pin));
        }

        #[test]
        fn any_bytes_are_taken_or_refused(text: Vec<u8>) {
            let parsed = Pin::from_bytes(&text);
            prop_assert!(parsed.is_ok() || text.starts_with(b"hex:"));
        }
    }
}
