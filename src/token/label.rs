//! Owns the `CKA_LABEL` of the objects that this installation makes.

use std::fmt;

use crate::config::Instance;

use super::KeyId;

/// The label of a key: `parsec:INSTANCE:ID`, and behind a space a name, if one is wanted.
///
/// INSTANCE tells the installations apart that share a token (`-` where it is not known), ID is the
/// key's identifier in 8 hexadecimal digits. Public objects can be read without a login, so a name
/// stands there only if the configuration says `label = "name"`.
#[derive(Clone, PartialEq, Eq)]
pub struct Label {
    mark: String,
    name: Option<String>,
}

impl Label {
    /// The label of the key `id` of the installation `instance`, with `name` behind it if given.
    pub fn new(instance: &Instance, id: KeyId, name: Option<String>) -> Self {
        Self {
            mark: format!("{}{id}", Self::prefix(instance)),
            name,
        }
    }

    /// What the labels of all keys of one installation begin with.
    pub fn prefix(instance: &Instance) -> String {
        match instance {
            Instance::Id(instance) => format!("parsec:{instance}:"),
            Instance::Unknown => "parsec:-:".to_owned(),
        }
    }

    /// The value of `CKA_LABEL`: UTF-8, not padded.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        match &self.name {
            None => self.mark.clone().into_bytes(),
            Some(name) => format!("{} {name}", self.mark).into_bytes(),
        }
    }

    /// Whether an object with the label `found` was made for this key by this installation.
    pub(crate) fn marks(&self, found: &[u8]) -> bool {
        match found.strip_prefix(self.mark.as_bytes()) {
            Some(rest) => rest.is_empty() || rest.starts_with(b" "),
            None => false,
        }
    }
}

impl fmt::Debug for Label {
    /// Without the name, which may be a secret of the application.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Label({})", self.mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(name: Option<&str>) -> Label {
        let instance = Instance::Id("0123456789abcdef".to_owned());
        Label::new(&instance, KeyId::new(0xa0b0_c0d0), name.map(str::to_owned))
    }

    #[test]
    fn names_installation_and_key_and_nothing_else_by_default() {
        assert_eq!(
            label(None).to_bytes(),
            b"parsec:0123456789abcdef:a0b0c0d0".to_vec()
        );
    }

    #[test]
    fn marks_its_own_objects_with_and_without_a_name() {
        let plain = label(None);
        assert!(plain.marks(&label(None).to_bytes()));
        assert!(plain.marks(&label(Some("app/key")).to_bytes()));
        assert!(!plain.marks(b"parsec:0123456789abcdef:a0b0c0d00"));
        assert!(!plain.marks(b"parsec:fedcba9876543210:a0b0c0d0"));
        assert!(!plain.marks(b""));
    }

    #[test]
    fn debug_output_has_no_name() {
        assert!(!format!("{:?}", label(Some("payroll"))).contains("payroll"));
    }
}
