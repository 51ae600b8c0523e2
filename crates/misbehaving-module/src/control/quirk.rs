//! Owns the lasting properties of a token that differs: presence, limits, encodings, refusals.

use cryptoki_sys::{
    CK_SLOT_ID, CK_ULONG, CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_VALUE_INVALID,
    CKR_DEVICE_REMOVED, CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID,
    CKR_TEMPLATE_INCOMPLETE,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Functions;
use crate::names::{AttributeType, Function, MechanismType, Rv};

/// When a token that is back, or in another slot, can be seen.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visible {
    /// At once.
    #[default]
    AtOnce,
    /// After C_Finalize and C_Initialize.
    AtInitialize,
}

/// Where the token is. Its removal is seen at once, and closes its sessions.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Token {
    /// Whether it is present.
    pub present: bool,
    /// The slot of the real module that all this is about; else every slot.
    pub target_slot: Option<CK_SLOT_ID>,
    /// The slot that the token appears in; else its real one. With it, the real one appears as empty.
    pub slot: Option<CK_SLOT_ID>,
    /// A slot without its token does not exist, rather than being empty.
    pub hide_empty_slot: bool,
    /// When it can be seen again.
    pub visible: Visible,
    /// How calls in sessions that its removal closed are answered.
    pub sessions: Rv,
}

impl Default for Token {
    fn default() -> Self {
        Self {
            present: true,
            target_slot: None,
            slot: None,
            hide_empty_slot: false,
            visible: Visible::AtOnce,
            sessions: Rv(CKR_DEVICE_REMOVED),
        }
    }
}

/// How many sessions there can be.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sessions {
    /// C_OpenSession is answered CKR_SESSION_COUNT when so many are open.
    pub limit: Option<CK_ULONG>,
    /// The limits in `CK_TOKEN_INFO`; else those of the real module.
    pub reported: Option<ReportedLimit>,
}

/// A number, `"unavailable"` or `"infinite"`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "WrittenLimit", into = "WrittenLimit")]
pub enum ReportedLimit {
    /// That number.
    Sessions(CK_ULONG),
    /// `CK_UNAVAILABLE_INFORMATION`.
    Unavailable,
    /// `CK_EFFECTIVELY_INFINITE`.
    Infinite,
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum WrittenLimit {
    Number(CK_ULONG),
    Word(String),
}

impl TryFrom<WrittenLimit> for ReportedLimit {
    type Error = String;

    fn try_from(written: WrittenLimit) -> Result<Self, String> {
        match written {
            WrittenLimit::Number(number) => Ok(Self::Sessions(number)),
            WrittenLimit::Word(word) if word == "unavailable" => Ok(Self::Unavailable),
            WrittenLimit::Word(word) if word == "infinite" => Ok(Self::Infinite),
            WrittenLimit::Word(word) => Err(format!("{word} is no limit of sessions")),
        }
    }
}

impl From<ReportedLimit> for WrittenLimit {
    fn from(limit: ReportedLimit) -> Self {
        match limit {
            ReportedLimit::Sessions(number) => Self::Number(number),
            ReportedLimit::Unavailable => Self::Word("unavailable".to_owned()),
            ReportedLimit::Infinite => Self::Word("infinite".to_owned()),
        }
    }
}

/// Which numbers are handed out as handles.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Handles {
    /// A session gets the smallest number that no open one has; else each gets a new one.
    pub reuse_sessions: bool,
    /// An object gets the smallest number that no other has; else the handle of the real module. Takes
    /// effect at the next C_Initialize.
    pub reuse_objects: bool,
}

/// The encoding of CKA_EC_POINT.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PointEncoding {
    /// As the real module has it.
    #[default]
    Target,
    /// The point alone.
    Raw,
    /// In a DER BIT STRING.
    BitString,
}

/// The encodings of a point that are accepted.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PointForm {
    /// What the real module accepts.
    #[default]
    Target,
    /// A DER OCTET STRING only.
    Der,
    /// The point alone only. The real module gets it in DER.
    Raw,
}

/// What becomes of a CKA_VALUE.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretValue {
    /// Nothing.
    #[default]
    Target,
    /// Its leading zero bytes are missing.
    StripZeros,
    /// It has a leading zero byte more.
    PadZero,
    /// Its first byte is missing.
    CutFirst,
    /// Its last byte is missing.
    CutLast,
}

/// What becomes of an ECDSA signature.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureForm {
    /// Nothing.
    #[default]
    Target,
    /// Leading zero bytes that both halves have are missing in both.
    StripCommonZeros,
    /// Leading zero bytes are missing in each half.
    StripZeros,
}

/// How points, private values, secrets and signatures are encoded.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Encoding {
    /// CKA_EC_POINT from C_GetAttributeValue.
    pub ec_point: PointEncoding,
    /// CKA_VALUE of private keys.
    pub private_value: SecretValue,
    /// CKA_VALUE of secret keys, derived ones among them. CKA_VALUE_LEN stays.
    pub secret: SecretValue,
    /// What C_Sign and C_SignFinal return for CKM_ECDSA and CKM_ECDSA_*.
    pub signature: SignatureForm,
    /// The peer's point in C_DeriveKey.
    pub derive_point: PointForm,
    /// How another is refused.
    pub derive_refusal: Rv,
    /// CKA_EC_POINT in C_CreateObject.
    pub create_point: PointForm,
    /// How another is refused.
    pub create_refusal: Rv,
}

impl Default for Encoding {
    fn default() -> Self {
        Self {
            ec_point: PointEncoding::default(),
            private_value: SecretValue::default(),
            secret: SecretValue::default(),
            signature: SignatureForm::default(),
            derive_point: PointForm::default(),
            derive_refusal: Rv(CKR_MECHANISM_PARAM_INVALID),
            create_point: PointForm::default(),
            create_refusal: Rv(CKR_ATTRIBUTE_VALUE_INVALID),
        }
    }
}

/// The template of C_GenerateKeyPair that a rule concerns.
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
    #[serde(default, with = "hexadecimal")]
    pub value: Option<Vec<u8>>,
    /// The functions; else those that create objects.
    #[serde(default = "creating")]
    pub function: Functions,
    /// The template, where there are two.
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
    #[serde(default, with = "hexadecimal")]
    pub value: Option<Vec<u8>>,
    /// The functions; else those that create objects.
    #[serde(default = "creating")]
    pub function: Functions,
    /// The template, where there are two.
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

/// A mechanism that is refused by the functions that take one.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RefuseMechanism {
    /// The mechanism.
    pub mechanism: MechanismType,
    /// C_GetMechanismList and C_GetMechanismInfo have it nevertheless.
    #[serde(default)]
    pub listed: bool,
    /// The error.
    #[serde(default = "mechanism_invalid")]
    pub answer: Rv,
}

impl RefuseMechanism {
    /// Not listed, and refused with CKR_MECHANISM_INVALID.
    pub fn new(mechanism: MechanismType) -> Self {
        Self {
            mechanism,
            listed: false,
            answer: mechanism_invalid(),
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

fn mechanism_invalid() -> Rv {
    Rv(CKR_MECHANISM_INVALID)
}

/// Bytes as a string of hexadecimal digits.
mod hexadecimal {
    use super::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        bytes.as_ref().map(hex::encode).serialize(serializer)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(
        deserializer: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        let digits = String::deserialize(deserializer)?;
        hex::decode(&digits).map(Some).map_err(|error| {
            serde::de::Error::custom(format!("{digits:?} is not hexadecimal: {error}"))
        })
    }
}
