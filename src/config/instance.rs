//! Owns the stable name of this installation, which marks its objects on a token.

use std::fs;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::refused;
use crate::error::Result;

/// The file that names the machine, as machine-id(5) describes it: 32 hexadecimal digits.
const MACHINE_ID: &str = "/etc/machine-id";

/// Tells this use of the machine id from every other one. Random, and never to be changed:
/// the labels of all objects made so far hang on it.
const APPLICATION: [u8; 16] = [
    0xef, 0x1c, 0xa6, 0x95, 0x99, 0x66, 0x89, 0x58, 0x3d, 0x3c, 0x1a, 0x8a, 0x2b, 0xf4, 0x51, 0x99,
];

/// The longest configured name, in bytes: a label has to hold it beside a prefix and an id.
const MAX_LENGTH: usize = 64;

/// The name of this installation in labels on the token.
///
/// Two machines that share a token must differ in it. The machine id itself is confidential by
/// machine-id(5), so what is derived from it is an HMAC-SHA256 keyed with it, as
/// `sd_id128_get_machine_app_specific(3)` does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Instance {
    /// The configured name (1 to 64 visible ASCII characters without `:`), or 16 hexadecimal digits
    /// derived from the machine id.
    Id(String),
    /// Neither is there: objects cannot be told from those of another installation.
    Unknown,
}

impl Instance {
    pub(super) fn configured(name: String) -> Result<Self> {
        let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b':';
        if name.is_empty() || name.len() > MAX_LENGTH || !name.bytes().all(allowed) {
            return Err(refused(format!(
                "instance is \"{}\": use 1 to {MAX_LENGTH} letters, digits and signs without space and `:`",
                name.escape_debug()
            )));
        }
        Ok(Self::Id(name))
    }

    pub(super) fn of_machine() -> Self {
        fs::read_to_string(MACHINE_ID)
            .ok()
            .and_then(|text| derived(&text))
            .map_or(Self::Unknown, Self::Id)
    }
}

/// `None` for the text `uninitialized` of a first boot and for everything else that is no id.
fn derived(machine_id: &str) -> Option<String> {
    let mut key = [0; 16];
    hex::decode_to_slice(machine_id.trim_end(), &mut key).ok()?;
    if key == [0; 16] {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(&APPLICATION);
    let digest = mac.finalize().into_bytes();
    digest.first_chunk::<8>().map(hex::encode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_derived_name_never_changes() {
        let name = derived("0123456789abcdef0123456789abcdef\n");
        assert_eq!(name.as_deref(), Some("bfa5b9a5fe14bc47"));
    }

    #[test]
    fn what_is_no_machine_id_gives_none() {
        for text in [
            "",
            "\n",
            "uninitialized\n",
            "0123456789abcdef",
            &"0".repeat(32),
            &"g".repeat(32),
        ] {
            assert_eq!(derived(text), None, "{text:?}");
        }
    }

    #[test]
    fn configured_names() {
        for good in ["a", "rack-7/node_2", &"x".repeat(64)] {
            assert_eq!(
                Instance::configured(good.into()).ok(),
                Some(Instance::Id(good.into()))
            );
        }
        for bad in ["", "a b", "a:b", "\u{e9}", "a\0", &"x".repeat(65)] {
            assert!(Instance::configured(bad.into()).is_err(), "{bad:?}");
        }
    }
}
