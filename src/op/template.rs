//! Owns the attribute templates of new keys: what is sent to the token, and why.
//!
//! `TOKEN`, `PRIVATE`, `SENSITIVE`, `EXTRACTABLE`, `SIGN`, `VERIFY` and `DERIVE` are always sent, as
//! their defaults differ from token to token (PKCS#11 3.0, section 4), unless the token refuses them.
//! `CKA_ALLOWED_MECHANISMS` is never sent: some tokens refuse it, and the policy it would state is
//! enforced before the token is asked. The table stands in docs/design.md.

use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass};
use cryptoki::types::Ulong;
use zeroize::Zeroize;

use crate::config::{Instance, OptionalAttribute, TemplateChange};
use crate::ec::Curve;
use crate::error::Result;
use crate::token::{KeyClass, KeyId, KeyRef, KeyUsage, Label, key_type};

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

impl NewKey {
    /// A key with a random identifier, whose label says the installation and `name`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InsufficientEntropy`](crate::ErrorKind::InsufficientEntropy) if the operating system gives no
    /// random bytes.
    pub(crate) fn random(
        instance: &Instance,
        curve: Curve,
        usage: KeyUsage,
        name: Option<String>,
    ) -> Result<Self> {
        let id = KeyId::random()?;
        Ok(Self {
            id,
            curve,
            usage,
            label: Label::new(instance, id, name),
        })
    }

    /// The key once it is made.
    pub fn key_ref(&self) -> KeyRef {
        KeyRef {
            id: self.id,
            curve: Some(self.curve),
        }
    }
}

/// Whether objects stay on the token or go with the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lifetime {
    Token,
    Session,
}

/// What a token may want differently in a template.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style<'a> {
    /// The value of `CKA_EC_PARAMS`.
    pub(crate) params: &'a [u8],
    pub(crate) changes: &'a [TemplateChange],
}

/// The template of a public key for `C_GenerateKeyPair`.
pub(crate) fn generated_public(key: &NewKey, lifetime: Lifetime, style: Style) -> Vec<Attribute> {
    let mut template = public(key, lifetime, style);
    if style.changes.contains(&TemplateChange::NameKind) {
        template.extend(kind(KeyClass::Public, key.curve));
    }
    changed(template, style.changes)
}

/// The template of a private key for `C_GenerateKeyPair`.
pub(crate) fn generated_private(key: &NewKey, lifetime: Lifetime, style: Style) -> Vec<Attribute> {
    let mut template = private(key, lifetime);
    if style.changes.contains(&TemplateChange::NameKind) {
        template.extend(kind(KeyClass::Private, key.curve));
    }
    changed(template, style.changes)
}

/// The template of a public key for `C_CreateObject`; `point` is the value of `CKA_EC_POINT`.
pub(crate) fn imported_public(
    key: &NewKey,
    point: &[u8],
    lifetime: Lifetime,
    style: Style,
) -> Vec<Attribute> {
    let mut template = public(key, lifetime, style);
    template.extend(kind(KeyClass::Public, key.curve));
    template.push(Attribute::EcPoint(point.to_vec()));
    changed(template, style.changes)
}

/// The template of a private key for `C_CreateObject`; it holds the scalar, the value of `CKA_VALUE`.
pub(crate) fn imported_private(
    key: &NewKey,
    scalar: &[u8],
    lifetime: Lifetime,
    style: Style,
) -> Vec<Attribute> {
    let mut template = private(key, lifetime);
    template.extend(kind(KeyClass::Private, key.curve));
    template.push(Attribute::EcParams(style.params.to_vec()));
    template.push(Attribute::Value(scalar.to_vec()));
    changed(template, style.changes)
}

/// Erases the scalar from a template that was sent.
pub(crate) fn wipe(template: &mut [Attribute]) {
    for attribute in template {
        if let Attribute::Value(value) = attribute {
            value.zeroize();
        }
    }
}

/// The template of an ECDH secret for `C_DeriveKey`, which `len` bytes long goes to the client.
pub(crate) fn secret(len: usize, changes: &[TemplateChange]) -> Vec<Attribute> {
    let mut template = vec![
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::GENERIC_SECRET),
        Attribute::Token(false),
        Attribute::Private(true),
        Attribute::Sensitive(false),
        Attribute::Extractable(true),
    ];
    if changes.contains(&TemplateChange::NameLength) {
        // No field has 2^64 bytes.
        template.extend(
            u64::try_from(len)
                .ok()
                .map(|len| Attribute::ValueLen(Ulong::new(len))),
        );
    }
    changed(template, changes)
}

fn kind(class: KeyClass, curve: Curve) -> [Attribute; 2] {
    [class.attribute(), Attribute::KeyType(key_type(curve))]
}

fn public(key: &NewKey, lifetime: Lifetime, style: Style) -> Vec<Attribute> {
    let wants = |change| style.changes.contains(&change);
    let verify = key.usage.verify || key.usage.sign && wants(TemplateChange::VerifyWithSign);
    let mut template = described(key, lifetime);
    template.extend([
        Attribute::Private(wants(TemplateChange::PrivatePublicKeys)),
        // PKCS#11 has no verification with a Montgomery key.
        Attribute::Verify(verify && !key.curve.is_montgomery()),
        Attribute::EcParams(style.params.to_vec()),
    ]);
    template
}

fn private(key: &NewKey, lifetime: Lifetime) -> Vec<Attribute> {
    let mut template = described(key, lifetime);
    template.extend([
        Attribute::Private(true),
        Attribute::Sensitive(!key.usage.export),
        Attribute::Extractable(key.usage.export),
        Attribute::Sign(key.usage.sign && !key.curve.is_montgomery()),
        Attribute::Derive(key.usage.derive),
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

fn changed(mut template: Vec<Attribute>, changes: &[TemplateChange]) -> Vec<Attribute> {
    template.retain(|attribute| {
        let is_false = matches!(
            attribute,
            Attribute::Sign(false) | Attribute::Verify(false) | Attribute::Derive(false)
        );
        let is_left_out = |change: &TemplateChange| match change {
            TemplateChange::Omit(omitted) => attribute.attribute_type() == type_of(*omitted),
            TemplateChange::OmitFalse => is_false,
            _ => false,
        };
        !changes.iter().any(is_left_out)
    });
    template
}

fn type_of(attribute: OptionalAttribute) -> AttributeType {
    match attribute {
        OptionalAttribute::Private => AttributeType::Private,
        OptionalAttribute::Sensitive => AttributeType::Sensitive,
        OptionalAttribute::Extractable => AttributeType::Extractable,
        OptionalAttribute::Sign => AttributeType::Sign,
        OptionalAttribute::Verify => AttributeType::Verify,
        OptionalAttribute::Derive => AttributeType::Derive,
    }
}
