//! Owns the rules that give an object the handle of another one.

use std::num::NonZeroU64;

use cryptoki_sys::{CK_OBJECT_CLASS, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, CKO_SECRET_KEY};
use serde::{Deserialize, Serialize};

use super::Functions;

/// The `CKA_CLASS` of an object.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyClass {
    /// `CKO_PUBLIC_KEY`.
    PublicKey,
    /// `CKO_PRIVATE_KEY`.
    PrivateKey,
    /// `CKO_SECRET_KEY`, derived secrets among them.
    SecretKey,
}

impl KeyClass {
    pub(crate) fn number(self) -> CK_OBJECT_CLASS {
        match self {
            Self::PublicKey => CKO_PUBLIC_KEY,
            Self::PrivateKey => CKO_PRIVATE_KEY,
            Self::SecretKey => CKO_SECRET_KEY,
        }
    }
}

/// The handle that a function returns is that of another object; the real object stays, without one.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Alias {
    /// The functions, among those that return handles of objects.
    pub function: Functions,
    /// The class of the objects whose handles are concerned.
    pub class: KeyClass,
    /// Which of these handles, counted from 1; those for which there is no other object do not count.
    #[serde(default = "first")]
    pub nth: NonZeroU64,
    /// The class of the object whose handle is returned: the oldest other one whose handle was returned since
    /// C_Initialize.
    pub oldest: KeyClass,
}

fn first() -> NonZeroU64 {
    NonZeroU64::MIN
}

impl Alias {
    /// The first handle of an object of this class is that of the oldest other one of its class.
    pub fn new(function: impl Into<Functions>, class: KeyClass) -> Self {
        Self {
            function: function.into(),
            class,
            nth: first(),
            oldest: class,
        }
    }
}
