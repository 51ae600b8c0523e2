//! The token that is away, elsewhere or back, and what it says about PINs.

use cryptoki::slot::Slot;
use misbehaving_module::control::{Control, Token, Visible};

use crate::fixture::{Fixture, Outcome, in_child, key_pair, rv, sign, told};

fn away(fixture: &Fixture) -> Outcome<Token> {
    Ok(Token {
        present: false,
        target_slot: Some(fixture.slot()?.id()),
        ..Token::default()
    })
}

fn slots_with_token(fixture: &Fixture) -> Outcome<Vec<Slot>> {
    Ok(fixture.pkcs11.get_slots_with_token()?)
}

#[test]
fn a_token_is_removed_and_back_at_once() -> Outcome {
    let fixture = Fixture::new()?;
    let slot = fixture.slot()?;
    let session = fixture.logged_in()?;
    let token = away(&fixture)?;
    fixture.set(|control| Control { token, ..control })?;

    let info = fixture.pkcs11.get_slot_info(slot)?;
    assert!(!info.token_present() && info.removable_device());
    assert_eq!(told(fixture.pkcs11.get_token_info(slot)), "TokenNotPresent");
    assert_eq!(
        told(fixture.pkcs11.get_mechanism_list(slot)),
        "TokenNotPresent"
    );
    assert_eq!(
        told(fixture.pkcs11.open_rw_session(slot)),
        "TokenNotPresent"
    );
    assert_eq!(told(key_pair(&session)), "DeviceRemoved");
    assert!(!slots_with_token(&fixture)?.contains(&slot));
    assert!(fixture.pkcs11.get_all_slots()?.contains(&slot));
    assert_eq!(fixture.statistics()?.open_sessions(), 0);

    fixture.set(|control| control)?;
    assert!(fixture.pkcs11.get_slot_info(slot)?.token_present());
    assert!(slots_with_token(&fixture)?.contains(&slot));
    assert_eq!(
        told(key_pair(&session)),
        "DeviceRemoved",
        "that session is lost"
    );
    let new = fixture.logged_in()?;
    let (_, key) = key_pair(&new)?;
    sign(&new, key)?;
    Ok(())
}

#[test]
fn an_empty_slot_can_vanish_and_sessions_answer_as_told() -> Outcome {
    let fixture = Fixture::new()?;
    let slot = fixture.slot()?;
    let session = fixture.session()?;
    let token = Token {
        hide_empty_slot: true,
        sessions: rv("CKR_TOKEN_NOT_RECOGNIZED")?,
        ..away(&fixture)?
    };
    fixture.set(|control| Control { token, ..control })?;
    assert!(!fixture.pkcs11.get_all_slots()?.contains(&slot));
    assert_eq!(told(fixture.pkcs11.get_slot_info(slot)), "SlotIdInvalid");
    assert_eq!(told(session.get_session_info()), "TokenNotRecognized");
    Ok(())
}

#[test]
fn a_token_moves_to_another_slot() -> Outcome {
    let fixture = Fixture::new()?;
    let old = fixture.slot()?;
    let session = fixture.session()?;
    let token = Token {
        present: true,
        slot: Some(7),
        ..away(&fixture)?
    };
    fixture.set(|control| Control { token, ..control })?;
    assert_eq!(told(session.get_session_info()), "DeviceRemoved");
    assert_eq!(told(fixture.pkcs11.get_token_info(old)), "TokenNotPresent");
    let new = fixture.slot()?;
    assert_eq!(new.id(), 7, "found by its serial number");
    let session = fixture.logged_in()?;
    assert_eq!(session.get_session_info()?.slot_id(), new);
    let (_, key) = key_pair(&session)?;
    sign(&session, key)?;
    Ok(())
}

#[test]
fn a_token_is_back_after_initialisation_only() -> Outcome {
    in_child("token::a_token_is_back_after_initialisation_only", || {
        let fixture = Fixture::new()?;
        let slot = fixture.slot()?;
        let token = away(&fixture)?;
        fixture.set(|control| Control { token, ..control })?;
        assert!(!fixture.pkcs11.get_slot_info(slot)?.token_present());

        let token = Token {
            visible: Visible::AtInitialize,
            slot: Some(8),
            target_slot: Some(slot.id()),
            ..Token::default()
        };
        fixture.set(|control| Control { token, ..control })?;
        let visible = slots_with_token(&fixture)?;
        assert!(
            visible
                .iter()
                .all(|found| *found != slot && found.id() != 8)
        );
        assert_eq!(
            told(fixture.pkcs11.open_rw_session(slot)),
            "TokenNotPresent"
        );

        fixture.pkcs11.clone().finalize()?;
        fixture.initialize()?;
        assert_eq!(fixture.slot()?.id(), 8);
        fixture.logged_in()?;
        Ok(())
    })
}

#[test]
fn flags_about_pins_are_reported() -> Outcome {
    let fixture = Fixture::new()?;
    let slot = fixture.slot()?;
    let flags = |names: &[&str]| -> Outcome<[bool; 4]> {
        let flags = names
            .iter()
            .map(|name| name.parse())
            .collect::<Result<_, _>>()?;
        fixture.set(|control| Control {
            pin_flags: Some(flags),
            ..control
        })?;
        let info = fixture.pkcs11.get_token_info(slot)?;
        Ok([
            info.user_pin_count_low(),
            info.user_pin_final_try(),
            info.user_pin_locked(),
            info.user_pin_to_be_changed(),
        ])
    };
    assert_eq!(flags(&[])?, [false; 4]);
    for (flag, expected) in [
        ("CKF_USER_PIN_COUNT_LOW", [true, false, false, false]),
        ("CKF_USER_PIN_FINAL_TRY", [false, true, false, false]),
        ("CKF_USER_PIN_LOCKED", [false, false, true, false]),
        ("CKF_USER_PIN_TO_BE_CHANGED", [false, false, false, true]),
    ] {
        assert_eq!(flags(&[flag])?, expected);
    }
    Ok(())
}

#[test]
fn texts_are_padded_with_nul_bytes() -> Outcome {
    let fixture = Fixture::new()?;
    let slot = fixture.slot()?;
    let plain = fixture.pkcs11.get_token_info(slot)?;
    fixture.set(|control| Control {
        nul_padding: true,
        ..control
    })?;
    let info = fixture.pkcs11.get_token_info(slot)?;
    assert!(!plain.model().ends_with('\0'));
    assert!(info.model().ends_with('\0'));
    assert_eq!(info.model().trim_end_matches('\0'), plain.model());
    assert_eq!(info.label().trim_end_matches('\0'), plain.label());
    Ok(())
}

#[test]
fn a_serial_number_can_be_zeros() -> Outcome {
    let fixture = Fixture::new()?;
    let slot = fixture.slot()?;
    let plain = fixture.pkcs11.get_token_info(slot)?;
    fixture.set(|control| Control {
        zero_serial: true,
        ..control
    })?;
    let info = fixture.pkcs11.get_token_info(slot)?;
    assert_ne!(plain.serial_number(), info.serial_number());
    assert_eq!(info.serial_number(), "0000000000000000");
    assert_eq!(info.label(), plain.label());
    Ok(())
}
