//! Owns the choice of a slot: which of the tokens that a module shows is meant.

use cryptoki::context::Pkcs11;
use cryptoki::slot::{Slot, TokenInfo};
use log::{debug, warn};

use crate::config::TokenChoice;
use crate::error::{Error, ErrorKind, Result};

/// A slot with an initialised token in it.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) slot: Slot,
    /// `None` where the module's answer to `C_GetTokenInfo` cannot be read.
    pub(crate) info: Option<TokenInfo>,
}

impl Candidate {
    /// The serial number of the token, without padding; empty where it is unknown.
    pub(crate) fn serial(&self) -> &str {
        self.info
            .as_ref()
            .map_or("", |info| info.serial_number().trim())
    }
}

/// The one token that `choice` names.
pub(crate) fn choose(pkcs11: &Pkcs11, choice: &TokenChoice) -> Result<Candidate> {
    let mut candidates = candidates(pkcs11)?;
    let matching: Vec<usize> = (0..candidates.len())
        .filter(|&index| matches(&candidates[index], choice))
        .collect();
    // Of several tokens with one serial number, clones for example, the slot decides.
    let in_the_slot = |index: &&usize| Some(candidates[**index].slot.id()) == choice.slot;
    let index = match matching.as_slice() {
        &[index] => index,
        several => *several
            .iter()
            .find(in_the_slot)
            .ok_or_else(|| not_one(choice, &candidates, several.len()))?,
    };
    let chosen = candidates.swap_remove(index);
    match choice.slot {
        Some(slot) if slot != chosen.slot.id() => warn!(
            "The token with serial number {} is in slot {}, not in slot {slot} as configured; \
             the serial number decides.",
            chosen.serial(),
            chosen.slot
        ),
        Some(slot) if choice.serial.is_none() => warn!(
            "The token in slot {slot} is used. Slot numbers may change when tokens are replugged; \
             serial_number = \"{}\" would not.",
            chosen.serial()
        ),
        _ => {}
    }
    Ok(chosen)
}

fn candidates(pkcs11: &Pkcs11) -> Result<Vec<Candidate>> {
    let slots = pkcs11
        .get_slots_with_token()
        .map_err(|source| Error::from(source).context("the slots cannot be listed"))?;
    Ok(slots
        .into_iter()
        .filter_map(|slot| match pkcs11.get_token_info(slot) {
            Ok(info) if !info.token_initialized() => {
                debug!("The token in slot {slot} is not initialised and is passed over.");
                None
            }
            Ok(info) => Some(Candidate {
                slot,
                info: Some(info),
            }),
            Err(source) => {
                debug!(
                    "The token in slot {slot} cannot be described: {}",
                    Error::from(source)
                );
                Some(Candidate { slot, info: None })
            }
        })
        .collect())
}

/// With a serial number the slot number is only a hint, as in Parsec's own provider.
fn matches(candidate: &Candidate, choice: &TokenChoice) -> bool {
    let slot_matches = match (choice.slot, &choice.serial) {
        (Some(slot), None) => slot == candidate.slot.id(),
        _ => true,
    };
    let text_matches = |wanted: &Option<String>, found: fn(&TokenInfo) -> &str| match wanted {
        None => true,
        Some(wanted) => candidate
            .info
            .as_ref()
            .is_some_and(|info| found(info).trim() == wanted.trim()),
    };
    slot_matches
        && text_matches(&choice.serial, TokenInfo::serial_number)
        && text_matches(&choice.label, TokenInfo::label)
        && text_matches(&choice.manufacturer, TokenInfo::manufacturer_id)
        && text_matches(&choice.model, TokenInfo::model)
}

fn not_one(choice: &TokenChoice, candidates: &[Candidate], matching: usize) -> Error {
    let found = candidates
        .iter()
        .map(describe)
        .collect::<Vec<_>>()
        .join("; ");
    let message = match (candidates.len(), matching) {
        (0, _) => "the PKCS#11 module shows no initialised token: plug one in, initialise one, or \
                   check the module's own configuration"
            .to_owned(),
        (_, 0) => format!("no token matches {choice} (found: {found})"),
        _ => format!(
            "{matching} tokens match {choice}; choose one by serial_number, token_label, \
             token_uri or slot_number (found: {found})"
        ),
    };
    Error::new(ErrorKind::Configuration, message)
}

fn describe(candidate: &Candidate) -> String {
    match &candidate.info {
        Some(info) => format!(
            "label \"{}\", serial number {} in slot {}",
            info.label().trim().escape_debug(),
            info.serial_number().trim().escape_debug(),
            candidate.slot
        ),
        None => format!("an unreadable description in slot {}", candidate.slot),
    }
}
