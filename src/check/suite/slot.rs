//! Owns the suite `slot`: where the token is, and what its slot says.

use std::collections::HashSet;

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::slot::Slot;

use super::padded;
use crate::check::case::Case;
use crate::check::finding::Finding;
use crate::check::level::Level;
use crate::check::outcome::Verdict;
use crate::check::refusal::Refusal;
use crate::check::subject::Subject;
use crate::error::Result;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "slot.list",
            "C_GetSlotList has the slot of the token once, with and without tokenPresent",
            "PKCS#11 3.0, section 5.5.1",
            list,
        )
        .not_wrong_for(Level::Minimum)
        .quick(),
        Case::new(
            "slot.info",
            "C_GetSlotInfo says that the token is present",
            "PKCS#11 3.0, section 3.2, CK_SLOT_INFO",
            info,
        )
        .quick(),
        Case::new(
            "slot.texts",
            "the texts of C_GetSlotInfo are UTF-8, padded with blanks",
            "PKCS#11 3.0, section 3.2, CK_SLOT_INFO",
            texts,
        )
        .quick(),
        Case::new(
            "slot.unknown",
            "a slot that does not exist is answered by CKR_SLOT_ID_INVALID",
            "PKCS#11 3.0, section 5.5.2",
            unknown,
        )
        .quick(),
    ]
}

fn list(subject: &mut Subject) -> Result<Verdict> {
    let session = subject.bench()?.session();
    let ask = |with_token: bool| {
        session.ask(Function::GetSlotList, |pkcs11, slot| {
            let slots = match with_token {
                true => pkcs11.get_slots_with_token(),
                false => pkcs11.get_all_slots(),
            };
            slots.map(|slots| (slots, slot))
        })
    };
    let ((all, ours), (with_token, _)) = (ask(false)?, ask(true)?);
    let mut verdict = Verdict::pass().note(format!(
        "{} slots, {} of them with a token",
        all.len(),
        with_token.len()
    ));
    for (slots, which) in [(&all, "all slots"), (&with_token, "slots with a token")] {
        let count = slots.iter().filter(|&&slot| slot == ours).count();
        if count != 1 {
            let found = format!("{count} times slot {ours}");
            verdict = verdict.with_failure(finding(
                format!("slot {ours} once in the list of {which}"),
                found,
            ));
        }
        if distinct(slots) != slots.len() {
            verdict = verdict.with_warning(finding(
                format!("each slot once in the list of {which}"),
                format!(
                    "{} numbers, {} different ones",
                    slots.len(),
                    distinct(slots)
                ),
            ));
        }
    }
    if with_token.iter().any(|slot| !all.contains(slot)) {
        verdict = verdict.with_warning(finding(
            "every slot with a token among all slots".into(),
            "some are not".into(),
        ));
    }
    Ok(verdict)
}

fn distinct(slots: &[Slot]) -> usize {
    slots.iter().collect::<HashSet<_>>().len()
}

fn finding(expected: String, actual: String) -> Finding {
    Finding::new(expected, actual)
        .by("C_GetSlotList")
        .remedy("list each slot once: Parsec looks for its token there, also when it was replugged")
}

fn info(subject: &mut Subject) -> Result<Verdict> {
    let session = subject.bench()?.session();
    let info = session.ask(Function::GetSlotInfo, |pkcs11, slot| {
        pkcs11.get_slot_info(slot)
    })?;
    let verdict = match info.token_present() {
        true => Verdict::pass(),
        false => Verdict::warn(
            Finding::new(
                "CKF_TOKEN_PRESENT, as a session is open",
                "the flag is not set",
            )
            .by("C_GetSlotInfo")
            .remedy("set the flag; Parsec goes by C_GetSlotList"),
        ),
    };
    let kind = match (info.removable_device(), info.hardware_slot()) {
        (true, true) => "hardware, and the token can be removed",
        (true, false) => "software, and the token can be removed",
        (false, true) => "hardware",
        (false, false) => "software",
    };
    Ok(verdict.note(format!("the slot says that it is {kind}")))
}

fn texts(subject: &mut Subject) -> Result<Verdict> {
    let session = subject.bench()?.session();
    let info = session.ask(Function::GetSlotInfo, |pkcs11, slot| {
        pkcs11.get_slot_info(slot)
    })?;
    let fields = [
        ("slotDescription", info.slot_description()),
        ("manufacturerID", info.manufacturer_id()),
    ];
    Ok(padded::look(&fields, "C_GetSlotInfo"))
}

fn unknown(subject: &mut Subject) -> Result<Verdict> {
    let session = subject.bench()?.session();
    let all = session.ask(Function::GetSlotList, |pkcs11, _| pkcs11.get_all_slots())?;
    let is_free = |number: &u64| !all.iter().any(|slot| slot.id() == *number);
    let Some(number) = (0..=u64::from(u32::MAX)).rev().find(is_free) else {
        return Ok(Verdict::skip("every number is that of a slot"));
    };
    let refusal = Refusal {
        call: "C_GetSlotInfo",
        named: &[RvError::SlotIdInvalid],
    };
    refusal.judge(session.ask(Function::GetSlotInfo, |pkcs11, _| {
        pkcs11.get_slot_info(Slot::try_from(number)?)
    }))
}
