//! Owns the file names that the on-disk manager makes of names.

use std::ffi::OsStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;

/// The longest file name of the file systems that Parsec runs on, in bytes.
const MAX_FILE_NAME: usize = 255;

/// The name in a file name: base64url with padding, of UTF-8, exactly as Parsec writes it.
///
/// # Errors
/// What is wrong with it. A name without padding, which Parsec 0.7 read and none wrote, is refused: beside
/// one with padding it would be the same name twice.
pub(super) fn decode(file_name: &OsStr) -> Result<String, &'static str> {
    let text = file_name.to_str().ok_or("the name of it is not UTF-8")?;
    let bytes = URL_SAFE
        .decode(text)
        .map_err(|_| "the name of it is not base64url as Parsec writes it")?;
    String::from_utf8(bytes).map_err(|_| "the name that it stands for is not UTF-8")
}

/// The file name for a name.
///
/// # Errors
/// Why there is none.
pub(super) fn encode(name: &str) -> Result<String, &'static str> {
    if name.is_empty() {
        return Err("an empty name makes no file name");
    }
    let file_name = URL_SAFE.encode(name);
    if file_name.len() > MAX_FILE_NAME {
        return Err("a name has more than 189 bytes, which is too long for a file name");
    }
    Ok(file_name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn names_come_back() {
        for name in ["a", "ab", "abc", "~~~?>", "ü\u{0}\n", &"x".repeat(189)] {
            assert_eq!(decode(OsStr::new(&encode(name).unwrap())).unwrap(), name);
        }
    }

    #[test]
    fn what_makes_no_file_name_is_said() {
        assert!(encode("").unwrap_err().contains("empty"));
        assert!(encode(&"x".repeat(190)).unwrap_err().contains("189"));
    }

    #[test]
    fn only_the_form_that_parsec_writes_is_read() {
        // Without padding, with too much, in the other alphabet, with bits behind the last byte, not base64.
        for file_name in ["YQ", "YQ===", "fn5+Pw==", "YR==", "Y", "hello!"] {
            assert!(decode(OsStr::new(file_name)).is_err(), "{file_name}");
        }
        assert!(decode(OsStr::from_bytes(b"\xff")).is_err());
        assert!(
            decode(OsStr::new(&URL_SAFE.encode([0xff])))
                .unwrap_err()
                .contains("UTF-8")
        );
    }
}
