//! Owns the lasting properties of a token that differs: presence, limits, encodings, mechanisms.

use std::num::NonZeroU64;

use cryptoki_sys::{
    CK_SLOT_ID, CK_ULONG, CKR_ATTRIBUTE_VALUE_INVALID, CKR_DATA_LEN_RANGE, CKR_DEVICE_REMOVED,
    CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID,
};
use serde::{Deserialize, Serialize};

use crate::names::{MechanismType, Rv};

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
    /// In a DER OCTET STRING whose length is one byte, also where that means something else.
    BareLength,
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
    /// Its last bit is another one: it is wrong.
    FlipBit,
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
    /// Each so-manieth signature only; else all.
    pub signature_every: Option<NonZeroU64>,
    /// The peer's point in C_DeriveKey.
    pub derive_point: PointForm,
    /// How another is refused.
    pub derive_refusal: Rv,
    /// The point, in hexadecimal digits, in place of one that the real module refuses.
    #[serde(with = "super::attribute::hexadecimal::optional")]
    pub derive_instead: Option<Vec<u8>>,
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
            signature_every: None,
            derive_point: PointForm::default(),
            derive_refusal: Rv(CKR_MECHANISM_PARAM_INVALID),
            derive_instead: None,
            create_point: PointForm::default(),
            create_refusal: Rv(CKR_ATTRIBUTE_VALUE_INVALID),
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

/// The sizes of keys that C_GetMechanismInfo tells of a mechanism.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeySizes {
    /// The mechanism.
    pub mechanism: MechanismType,
    /// `ulMinKeySize`
    pub smallest: CK_ULONG,
    /// `ulMaxKeySize`
    pub largest: CK_ULONG,
}

/// Which digests C_Sign and C_Verify take for CKM_ECDSA.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Digests {
    /// Those of so many bytes; else all.
    pub lengths: Option<Vec<usize>>,
    /// How others are refused.
    pub answer: Rv,
}

impl Default for Digests {
    fn default() -> Self {
        Self {
            lengths: None,
            answer: Rv(CKR_DATA_LEN_RANGE),
        }
    }
}

fn mechanism_invalid() -> Rv {
    Rv(CKR_MECHANISM_INVALID)
}
