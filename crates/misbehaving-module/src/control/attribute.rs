//! Owns the rules about templates: attributes that are refused, required or imposed.

use cryptoki_sys::{CKR_ATTRIBUTE_TYPE_INVALID, CKR_TEMPLATE_INCOMPLETE};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Functions;
use crate::names::{AttributeType, Function, Rv};

/// The templates that a rule concerns: of C_GenerateKeyPair, and of C_CreateObject by its CKA_CLASS.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TemplateOf {
    /// Both.
    #[default]
    Both,
    /// That of the public key.
    PublicKey,
    /// That of the private key.
    PrivateKey,
}

/// An attribute that is refused wherever it stands in a template.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RefuseAttribute {
    /// The attribute.
    pub attribute: AttributeType,
    /// With this value only, in hexadecimal digits.
    #[serde(default, with = "hexadecimal::optional")]
    pub value: Option<Vec<u8>>,
    /// The functions; else those that create objects.
    #[serde(default = "creating")]
    pub function: Functions,
    /// The templates of which keys.
    #[serde(default)]
    pub template: TemplateOf,
    /// The error.
    #[serde(default = "attribute_type_invalid")]
    pub answer: Rv,
}

impl RefuseAttribute {
    /// With any value, by all functions that create objects, with CKR_ATTRIBUTE_TYPE_INVALID.
    pub fn new(attribute: AttributeType) -> Self {
        Self {
            attribute,
            value: None,
            function: creating(),
            template: TemplateOf::default(),
            answer: attribute_type_invalid(),
        }
    }
}

/// An attribute that must stand in a template, with this value.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RequireAttribute {
    /// The attribute.
    pub attribute: AttributeType,
    /// With this value, in hexadecimal digits; else with any.
    #[serde(default, with = "hexadecimal::optional")]
    pub value: Option<Vec<u8>>,
    /// The functions; else those that create objects.
    #[serde(default = "creating")]
    pub function: Functions,
    /// The templates of which keys.
    #[serde(default)]
    pub template: TemplateOf,
    /// The error.
    #[serde(default = "template_incomplete")]
    pub answer: Rv,
}

impl RequireAttribute {
    /// With this value, by all functions that create objects, with CKR_TEMPLATE_INCOMPLETE.
    pub fn new(attribute: AttributeType, value: impl Into<Vec<u8>>) -> Self {
        Self {
            attribute,
            value: Some(value.into()),
            function: creating(),
            template: TemplateOf::default(),
            answer: template_incomplete(),
        }
    }
}

/// An attribute that the token sets by itself when it creates an object.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ImposeAttribute {
    /// The attribute.
    pub attribute: AttributeType,
    /// Its value, in hexadecimal digits.
    #[serde(with = "hexadecimal")]
    pub value: Vec<u8>,
    /// Also in place of the value that a template says; else only where it says none.
    #[serde(default)]
    pub always: bool,
    /// The functions; else those that create objects.
    #[serde(default = "creating")]
    pub function: Functions,
    /// The templates of which keys.
    #[serde(default)]
    pub template: TemplateOf,
}

impl ImposeAttribute {
    /// Where a template does not say the attribute, in all functions that create objects.
    pub fn new(attribute: AttributeType, value: impl Into<Vec<u8>>) -> Self {
        Self {
            attribute,
            value: value.into(),
            always: false,
            function: creating(),
            template: TemplateOf::default(),
        }
    }
}

/// A value that C_GetAttributeValue shows in place of the real one.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ShowAttribute {
    /// The attribute.
    pub attribute: AttributeType,
    /// What is shown, in hexadecimal digits.
    #[serde(with = "hexadecimal")]
    pub value: Vec<u8>,
    /// Of which keys.
    #[serde(default)]
    pub object: TemplateOf,
    /// Until this function succeeded.
    pub until: Option<Function>,
    /// Once this function succeeded.
    pub once: Option<Function>,
}

impl ShowAttribute {
    /// Of all objects, always.
    pub fn new(attribute: AttributeType, value: impl Into<Vec<u8>>) -> Self {
        Self {
            attribute,
            value: value.into(),
            object: TemplateOf::default(),
            until: None,
            once: None,
        }
    }
}

fn creating() -> Functions {
    Functions::These(vec![
        Function::C_CreateObject,
        Function::C_CopyObject,
        Function::C_GenerateKey,
        Function::C_GenerateKeyPair,
        Function::C_UnwrapKey,
        Function::C_DeriveKey,
    ])
}

fn attribute_type_invalid() -> Rv {
    Rv(CKR_ATTRIBUTE_TYPE_INVALID)
}

fn template_incomplete() -> Rv {
    Rv(CKR_TEMPLATE_INCOMPLETE)
}

/// Bytes as a string of hexadecimal digits.
pub(super) mod hexadecimal {
    use super::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        hex::encode(bytes).serialize(serializer)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let digits = String::deserialize(deserializer)?;
        hex::decode(&digits).map_err(|error| {
            serde::de::Error::custom(format!("{digits:?} is not hexadecimal: {error}"))
        })
    }

    pub(in super::super) mod optional {
        use super::{Deserializer, Serialize, Serializer};

        pub(in super::super::super) fn serialize<S: Serializer>(
            bytes: &Option<Vec<u8>>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            bytes.as_ref().map(hex::encode).serialize(serializer)
        }

        pub(in super::super::super) fn deserialize<'d, D: Deserializer<'d>>(
            deserializer: D,
        ) -> Result<Option<Vec<u8>>, D::Error> {
            super::deserialize(deserializer).map(Some)
        }
    }
}
