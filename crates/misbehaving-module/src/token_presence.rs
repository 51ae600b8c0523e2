//! Owns where the token is: whether its slot has it, and which number the slot has.

use std::ptr;
use std::sync::{Mutex, PoisonError};

use cryptoki_sys::{
    CK_BBOOL, CK_FALSE, CK_SLOT_ID, CK_SLOT_INFO, CK_TRUE, CK_ULONG, CKF_REMOVABLE_DEVICE,
    CKF_TOKEN_PRESENT, CKR_ARGUMENTS_BAD, CKR_BUFFER_TOO_SMALL, CKR_SLOT_ID_INVALID,
    CKR_TOKEN_NOT_PRESENT,
};

use crate::call::Call;
use crate::control::{Token, Visible};
use crate::names::Rv;
use crate::raw::{Outcome, Pointer, ulong};
use crate::sessions::{self, Killed};
use crate::target::forward;

/// What the application sees, once there is a control file.
static SEEN: Mutex<Option<Token>> = Mutex::new(None);

fn seen() -> Token {
    SEEN.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
        .unwrap_or_default()
}

fn see(token: Token) {
    *SEEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
}

/// Removes the token, moves it or brings it back; returns the sessions that end with that.
pub(crate) fn configure(wanted: &Token) -> Killed {
    let place = |token: &Token| (token.present, token.target_slot, token.slot);
    let before = SEEN
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .replace(wanted.clone());
    let Some(before) = before else {
        return Killed::default();
    };
    if place(&before) == place(wanted) {
        return Killed::default();
    }
    if wanted.visible == Visible::AtInitialize {
        see(Token {
            present: false,
            hide_empty_slot: wanted.hide_empty_slot,
            target_slot: wanted.target_slot.or(before.target_slot),
            ..before
        });
    }
    if !before.present {
        return Killed::default();
    }
    sessions::kill(wanted.target_slot.or(before.target_slot), wanted.sessions)
}

/// C_Initialize succeeded: all is visible.
pub(crate) fn initialized(wanted: &Token) {
    see(wanted.clone());
}

impl Token {
    fn concerns(&self, target: CK_SLOT_ID) -> bool {
        self.target_slot.is_none_or(|slot| slot == target)
    }

    /// The slot of the real module that the application calls so, and whether it may have a token.
    fn locate(&self, slot: CK_SLOT_ID) -> Outcome<(CK_SLOT_ID, bool)> {
        if let (Some(target), Some(moved)) = (self.target_slot, self.slot) {
            if slot == moved {
                return match (self.present, self.hide_empty_slot) {
                    (true, _) => Ok((target, true)),
                    (false, false) => Ok((target, false)),
                    (false, true) => Err(Rv(CKR_SLOT_ID_INVALID)),
                };
            }
        }
        if !self.concerns(slot) {
            return Ok((slot, true));
        }
        let has_it = self.present && self.slot.is_none();
        if !has_it && self.hide_empty_slot {
            return Err(Rv(CKR_SLOT_ID_INVALID));
        }
        Ok((slot, has_it))
    }

    /// What the application sees of a slot of the real module, which has a token or has not: slots, and
    /// whether each has one.
    fn slots(&self, target: CK_SLOT_ID, token: bool) -> Vec<(CK_SLOT_ID, bool)> {
        if !self.concerns(target) {
            return vec![(target, token)];
        }
        let moved = self.slot.filter(|slot| *slot != target);
        let mut slots = vec![(target, token && self.present && moved.is_none())];
        slots.extend(moved.map(|slot| (slot, token && self.present)));
        if self.hide_empty_slot {
            slots.retain(|(_, has_it)| *has_it || !token);
        }
        slots
    }
}

/// Whether a slot of the real module has its token.
pub(crate) fn is_present(target: CK_SLOT_ID) -> bool {
    let seen = seen();
    seen.present || !seen.concerns(target)
}

/// The slot of the real module that the application calls so, for what needs the token.
pub(crate) fn slot_with_token(slot: CK_SLOT_ID) -> Outcome<CK_SLOT_ID> {
    match seen().locate(slot)? {
        (target, true) => Ok(target),
        (_, false) => Err(Rv(CKR_TOKEN_NOT_PRESENT)),
    }
}

/// What the application calls a slot of the real module.
pub(crate) fn slot_of(target: CK_SLOT_ID) -> CK_SLOT_ID {
    let seen = seen();
    match seen.slot {
        Some(slot) if seen.concerns(target) => slot,
        _ => target,
    }
}

/// C_GetSlotList.
pub(crate) fn list(
    _: &Call,
    with_token: CK_BBOOL,
    slots: Pointer<CK_SLOT_ID>,
    count: Pointer<CK_ULONG>,
) -> Outcome {
    let all = target_slots(CK_FALSE)?;
    let with = target_slots(CK_TRUE)?;
    let seen = seen();
    let listed: Vec<CK_SLOT_ID> = all
        .iter()
        .flat_map(|slot| seen.slots(*slot, with.contains(slot)))
        .filter(|(_, has_it)| *has_it || with_token == CK_FALSE)
        .map(|(slot, _)| slot)
        .collect();
    tell(&listed, slots, count)
}

fn target_slots(with_token: CK_BBOOL) -> Outcome<Vec<CK_SLOT_ID>> {
    let mut count = 0;
    forward!(C_GetSlotList, with_token, ptr::null_mut(), &raw mut count)?;
    let mut slots = vec![0; usize::try_from(count).map_err(|_| Rv(CKR_ARGUMENTS_BAD))?];
    forward!(
        C_GetSlotList,
        with_token,
        slots.as_mut_ptr(),
        &raw mut count
    )?;
    slots.truncate(usize::try_from(count).map_err(|_| Rv(CKR_ARGUMENTS_BAD))?);
    Ok(slots)
}

/// Returns a list as PKCS#11 2.40, section 5.2, has it: the number only for a null pointer.
pub(crate) fn tell(
    list: &[CK_ULONG],
    place: Pointer<CK_ULONG>,
    count: Pointer<CK_ULONG>,
) -> Outcome {
    let room = count.read()?;
    let length = ulong(list.len());
    count.write(length);
    if place.is_null() {
        return Ok(());
    }
    if room < length {
        return Err(Rv(CKR_BUFFER_TOO_SMALL));
    }
    place.write_all(list);
    Ok(())
}

/// C_GetSlotInfo.
pub(crate) fn slot_info(_: &Call, slot: CK_SLOT_ID, info: Pointer<CK_SLOT_INFO>) -> Outcome {
    let (target, has_it) = seen().locate(slot)?;
    forward!(C_GetSlotInfo, target, info.as_raw())?;
    if !has_it {
        let mut told = info.read()?;
        told.flags = (told.flags & !CKF_TOKEN_PRESENT) | CKF_REMOVABLE_DEVICE;
        info.write(told);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved() -> Token {
        Token {
            target_slot: Some(10),
            slot: Some(3),
            ..Token::default()
        }
    }

    #[test]
    fn a_token_can_be_away() {
        let away = Token {
            present: false,
            ..Token::default()
        };
        assert_eq!(away.slots(10, true), [(10, false)]);
        assert_eq!(away.locate(10), Ok((10, false)));
        let hidden = Token {
            hide_empty_slot: true,
            ..away
        };
        assert_eq!(hidden.slots(10, true), []);
        assert_eq!(hidden.slots(11, false), [(11, false)]);
        assert_eq!(hidden.locate(10), Err(Rv(CKR_SLOT_ID_INVALID)));
    }

    #[test]
    fn a_token_can_be_elsewhere() {
        assert_eq!(moved().slots(10, true), [(10, false), (3, true)]);
        assert_eq!(moved().slots(11, true), [(11, true)]);
        assert_eq!(moved().locate(3), Ok((10, true)));
        assert_eq!(moved().locate(10), Ok((10, false)));
        assert_eq!(moved().locate(11), Ok((11, true)));
        let hidden = Token {
            hide_empty_slot: true,
            ..moved()
        };
        assert_eq!(hidden.slots(10, true), [(3, true)]);
        assert_eq!(hidden.locate(10), Err(Rv(CKR_SLOT_ID_INVALID)));
    }
}
