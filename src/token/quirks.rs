//! Owns the forms that a token takes, where it does not take the first: said by a profile or found out.
//!
//! They are about the token, not about one key, and outlive an epoch. What is remembered saves the tries
//! of the other forms, and nothing more: when it fails, the others are tried again, but for objects that are
//! stored as they are given.

use std::collections::HashMap;
use std::sync::{Once, PoisonError, RwLock};

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

/// A template, but for the changes that a token may want.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Wanted {
    pub(crate) kind: TemplateKind,
    pub(crate) usage: KeyUsage,
    /// Whether its objects are the token's, or a session's: a token may treat them in different ways.
    pub(crate) on_token: bool,
    pub(crate) curve: Curve,
    /// The number of the form in which the curve is named.
    pub(crate) params: usize,
    /// The number of the form in which the point is sent, of a public key or of a peer.
    pub(crate) point: usize,
}

impl Wanted {
    /// What the changes depend on, of a token that takes templates.
    fn style(&self) -> TemplateStyle {
        (self.kind, self.usage, self.on_token)
    }
}

type TemplateStyle = (TemplateKind, KeyUsage, bool);

/// What a search was in vain for.
#[derive(Debug, Clone)]
pub(crate) struct Denial {
    pub(crate) reason: String,
    /// Whether the token took a template at last, and made something else than was wanted.
    pub(crate) made_something_else: bool,
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
    /// The profile was compared with the token.
    pub(super) checked: Once,
    templates: RwLock<HashMap<TemplateStyle, Vec<TemplateChange>>>,
    /// What searches were in vain for.
    denied: RwLock<HashMap<Wanted, Denial>>,
    /// Those that are not the first, and those that only a success proves.
    forms: RwLock<HashMap<Form, usize>>,
}

impl Quirks {
    pub(super) fn new(profile: Vec<TemplateChange>) -> Self {
        Self {
            profile,
            checked: Once::new(),
            templates: RwLock::default(),
            denied: RwLock::default(),
            forms: RwLock::default(),
        }
    }

    /// The changes that such a template needs.
    pub(crate) fn changes(&self, wanted: &Wanted) -> Changes {
        let templates = self
            .templates
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(changes) = templates.get(&wanted.style()) {
            return Changes {
                changes: changes.clone(),
                proven: true,
            };
        }
        let (kind, usage, on_token) = wanted.style();
        let others = templates.get(&(kind, usage, !on_token));
        Changes {
            changes: others.unwrap_or(&self.profile).clone(),
            proven: false,
        }
    }

    /// Remembers that the token took such a template with these changes.
    pub(crate) fn took(&self, wanted: &Wanted, changes: &[TemplateChange]) {
        let mut templates = self
            .templates
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        templates.insert(wanted.style(), changes.to_vec());
    }

    /// Why the token takes no such template, if that was found out.
    pub(crate) fn denied(&self, wanted: &Wanted) -> Option<Denial> {
        let denied = self.denied.read().unwrap_or_else(PoisonError::into_inner);
        denied.get(wanted).cloned()
    }

    /// Remembers that the token took no such template, or made something else of those that it took.
    pub(crate) fn denies(&self, wanted: Wanted, reason: &Error) {
        let mut denied = self.denied.write().unwrap_or_else(PoisonError::into_inner);
        let denial = Denial {
            reason: reason.to_string(),
            made_something_else: reason.ckr().is_none(),
        };
        denied.insert(wanted, denial);
    }

    /// Which form the token took last; the first one if none is known.
    pub(crate) fn form(&self, form: Form) -> usize {
        self.proven_form(form).unwrap_or_default()
    }

    /// Which form the token is known to take.
    pub(crate) fn proven_form(&self, form: Form) -> Option<usize> {
        let forms = self.forms.read().unwrap_or_else(PoisonError::into_inner);
        forms.get(&form).copied()
    }

    /// Remembers that the token takes this form, unless it is known which one it takes.
    pub(crate) fn proves_form(&self, form: Form, number: usize) {
        if self.proven_form(form).is_none() {
            self.took_form(form, number);
        }
    }

    /// Remembers which form the token took.
    pub(crate) fn took_form(&self, form: Form, number: usize) {
        let mut forms = self.forms.write().unwrap_or_else(PoisonError::into_inner);
        forms.insert(form, number);
    }

    /// What the token wants differently in templates, whatever for.
    #[cfg(feature = "check")]
    pub(crate) fn all_changes(&self) -> Vec<TemplateChange> {
        let templates = self
            .templates
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        templates.values().flatten().copied().collect()
    }

    /// What the token wants in another form than the first.
    #[cfg(feature = "check")]
    pub(crate) fn other_forms(&self) -> Vec<Form> {
        let forms = self.forms.read().unwrap_or_else(PoisonError::into_inner);
        let other = forms.iter().filter(|(_, number)| **number > 0);
        other.map(|(form, _)| *form).collect()
    }
}
