//! Owns the forms that a token takes, where it does not take the first: said by a profile or found out.
//!
//! They are about the token, not about one key, and outlive an epoch. What is remembered saves the tries
//! of the other forms, and nothing more: when it fails, the others are tried again.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use crate::config::TemplateChange;
use crate::ec::Curve;
use crate::error::Error;

use super::KeyUsage;

/// A kind of template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TemplateKind {
    /// Both templates of `C_GenerateKeyPair`.
    KeyPair,
    /// A public key for `C_CreateObject`.
    PublicKey,
    /// A private key for `C_CreateObject`.
    PrivateKey,
    /// A secret for `C_DeriveKey`.
    Secret,
}

/// Something that is sent in one of several forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    /// `CKA_EC_PARAMS` of this curve.
    Params(Curve),
    /// `CKA_EC_POINT` in a template.
    Point(Curve),
    /// The peer's point in `CK_ECDH1_DERIVE_PARAMS`.
    PeerPoint(Curve),
    /// A digest of so many bytes for a key of this curve.
    Digest(Curve, usize),
    /// A message: its digest for `CKM_ECDSA`, or itself for a mechanism that hashes.
    Message(Curve),
    /// The objects of a trial: those of a session, or of the token.
    TrialObjects,
}

/// The changes to a template that a token wants.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    pub(crate) changes: Vec<TemplateChange>,
    /// Whether the token took a template with exactly these.
    pub(crate) proven: bool,
}

#[derive(Debug)]
pub(crate) struct Quirks {
    /// The changes that the profile says.
    profile: Vec<TemplateChange>,
    templates: RwLock<HashMap<(TemplateKind, KeyUsage), Vec<TemplateChange>>>,
    /// What a search was in vain for, and why.
    denied: RwLock<HashMap<(TemplateKind, KeyUsage, Curve), String>>,
    /// Only forms that are not the first.
    forms: RwLock<HashMap<Form, usize>>,
}

impl Quirks {
    pub(super) fn new(profile: Vec<TemplateChange>) -> Self {
        Self {
            profile,
            templates: RwLock::default(),
            denied: RwLock::default(),
            forms: RwLock::default(),
        }
    }

    /// The changes that a template for a key of this usage needs.
    pub(crate) fn changes(&self, kind: TemplateKind, usage: KeyUsage) -> Changes {
        let templates = self
            .templates
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        match templates.get(&(kind, usage)) {
            Some(changes) => Changes {
                changes: changes.clone(),
                proven: true,
            },
            None => Changes {
                changes: self.profile.clone(),
                proven: false,
            },
        }
    }

    /// Remembers that the token took a template with these changes.
    pub(crate) fn took(&self, kind: TemplateKind, usage: KeyUsage, changes: &[TemplateChange]) {
        let mut templates = self
            .templates
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        templates.insert((kind, usage), changes.to_vec());
    }

    /// Why the token takes no template of this kind for this usage and curve, if that was found out.
    pub(crate) fn denied(
        &self,
        kind: TemplateKind,
        usage: KeyUsage,
        curve: Curve,
    ) -> Option<String> {
        let denied = self.denied.read().unwrap_or_else(PoisonError::into_inner);
        denied.get(&(kind, usage, curve)).cloned()
    }

    /// Remembers that the token took no template, or made something else of those that it took.
    pub(crate) fn denies(&self, kind: TemplateKind, usage: KeyUsage, curve: Curve, reason: &Error) {
        let mut denied = self.denied.write().unwrap_or_else(PoisonError::into_inner);
        denied.insert((kind, usage, curve), reason.to_string());
    }

    /// Which form the token took last.
    pub(crate) fn form(&self, form: Form) -> usize {
        let forms = self.forms.read().unwrap_or_else(PoisonError::into_inner);
        forms.get(&form).copied().unwrap_or_default()
    }

    /// Remembers which form the token took.
    pub(crate) fn took_form(&self, form: Form, number: usize) {
        let mut forms = self.forms.write().unwrap_or_else(PoisonError::into_inner);
        forms.insert(form, number);
    }
}
