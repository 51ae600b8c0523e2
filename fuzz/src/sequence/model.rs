//! Owns the model: which keys there are, what each may do, and what is known of it.

use std::collections::BTreeMap;

use parsec_interface::operations::psa_key_attributes::{Attributes, Type};
use parsec_pkcs11_ecc::ec::{Curve, Family};

use super::attributes::family;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Pair,
    Public,
}

/// A key that exists.
#[derive(Debug, Clone)]
pub(super) struct ModelKey {
    pub(super) attributes: Attributes,
    pub(super) kind: Kind,
    pub(super) curve: Curve,
    pub(super) public: Vec<u8>,
    /// Of keys that were imported.
    pub(super) scalar: Option<Vec<u8>>,
    pub(super) signatures: Vec<Made>,
}

/// A signature that the key made.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) digest: Vec<u8>,
    /// What the digest is of, if a message was signed.
    pub(super) message: Option<Vec<u8>>,
    pub(super) signature: Vec<u8>,
}

/// All keys, by application and name.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) keys: BTreeMap<(&'static str, String), ModelKey>,
}

impl Model {
    pub(super) fn find(&self, application: &'static str, name: &str) -> Option<&ModelKey> {
        self.keys.get(&(application, name.to_owned()))
    }

    pub(super) fn of(&self, application: &str) -> Vec<(&str, &Attributes)> {
        self.keys
            .iter()
            .filter(|((of, _), _)| *of == application)
            .map(|((_, name), key)| (name.as_str(), &key.attributes))
            .collect()
    }

    pub(super) fn applications(&self) -> Vec<&'static str> {
        let mut applications: Vec<_> = self.keys.keys().map(|(of, _)| *of).collect();
        applications.dedup();
        applications
    }
}

/// The kind and family of an elliptic-curve key.
pub(super) fn kind(attributes: &Attributes) -> Option<(Kind, Family)> {
    match attributes.key_type {
        Type::EccKeyPair { curve_family } => Some((Kind::Pair, family(curve_family))),
        Type::EccPublicKey { curve_family } => Some((Kind::Public, family(curve_family))),
        _ => None,
    }
}

/// The curve of a family and a size, as PSA and Mbed TLS count it.
pub(super) fn curve(family: Family, bits: usize) -> Option<Curve> {
    Curve::ALL.iter().copied().find(|curve| {
        let mbed = (*curve == Curve::Secp224k1).then_some(224);
        curve.family() == family && (curve.bits() == bits || mbed == Some(bits))
    })
}

/// The curves of a family whose keys have this length.
pub(super) fn curves_of_length(family: Family, kind: Kind, length: usize) -> Vec<Curve> {
    let fits = |curve: &Curve| match kind {
        Kind::Public => curve.public_len() == length,
        Kind::Pair => [curve.private_len(), curve.field_len()].contains(&length),
    };
    let all = Curve::ALL.iter().copied();
    all.filter(|curve| curve.family() == family)
        .filter(fits)
        .collect()
}
