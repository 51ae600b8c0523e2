//! Owns the attribute templates of new keys: what is sent to the token, and why.
//!
//! `TOKEN`, `PRIVATE`, `SENSITIVE`, `EXTRACTABLE`, `SIGN`, `VERIFY` and `DERIVE` are always sent, as
//! their defaults differ from token to token (PKCS#11 3.0, section 4). `CKA_ALLOWED_MECHANISMS` is
//! never sent: some tokens refuse it, and the policy it would state is enforced before the token is
//! asked. The table stands in docs/design.md.

use cryptoki::object::{Attribute, KeyType};

use crate::ec::{Curve, PrivateKey, PublicKey};
use crate::token::{KeyClass, KeyId, Label};

/// What the token is to allow for a key: the part of the PSA usage flags (PSA Crypto API 1.1,
/// section 9.5.2) that a token can enforce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyUsage {
    /// `CKA_SIGN` of the private key.
    pub sign: bool,
    /// `CKA_VERIFY` of the public key.
    pub verify: bool,
    /// `CKA_DERIVE` of the private key.
    pub derive: bool,
    /// `CKA_EXTRACTABLE` of the private key; without it the key is `CKA_SENSITIVE`.
    pub export: bool,
}

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The identifier; nothing on the token has it yet.
    pub id: KeyId,
    /// The curve.
    pub curve: Curve,
    /// What it may be used for.
    pub usage: KeyUsage,
    /// The label of its objects.
    pub label: Label,
}

/// Whether objects stay on the token or go with the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lifetime {
    Token,
    Session,
}

/// The template of a public key for `C_GenerateKeyPair`.
pub(super) fn generated_public(key: &NewKey, lifetime: Lifetime) -> Vec<Attribute> {
    let mut template = described(key, lifetime);
    template.extend([
        Attribute::Private(false),
        Attribute::Verify(key.usage.verify),
        Attribute::EcParams(key.curve.ec_params()),
    ]);
    template
}

/// The template of a private key for `C_GenerateKeyPair`.
pub(super) fn generated_private(key: &NewKey, lifetime: Lifetime) -> Vec<Attribute> {
    let mut template = described(key, lifetime);
    template.extend([
        Attribute::Private(true),
        Attribute::Sensitive(!key.usage.export),
        Attribute::Extractable(key.usage.export),
        Attribute::Sign(key.usage.sign),
        Attribute::Derive(key.usage.derive),
    ]);
    template
}

/// The template of a public key for `C_CreateObject`.
pub(super) fn imported_public(
    key: &NewKey,
    point: &PublicKey,
    lifetime: Lifetime,
) -> Vec<Attribute> {
    let mut template = generated_public(key, lifetime);
    template.extend([
        KeyClass::Public.attribute(),
        Attribute::KeyType(KeyType::EC),
        Attribute::EcPoint(point.to_ec_point()),
    ]);
    template
}

/// The template of a private key for `C_CreateObject`; it holds the scalar.
pub(super) fn imported_private(
    key: &NewKey,
    scalar: &PrivateKey,
    lifetime: Lifetime,
) -> Vec<Attribute> {
    let mut template = generated_private(key, lifetime);
    template.extend([
        KeyClass::Private.attribute(),
        Attribute::KeyType(KeyType::EC),
        Attribute::EcParams(key.curve.ec_params()),
        Attribute::Value(scalar.as_bytes().to_vec()),
    ]);
    template
}

fn described(key: &NewKey, lifetime: Lifetime) -> Vec<Attribute> {
    vec![
        Attribute::Token(lifetime == Lifetime::Token),
        Attribute::Id(key.id.to_bytes().to_vec()),
        Attribute::Label(key.label.to_bytes()),
    ]
}
