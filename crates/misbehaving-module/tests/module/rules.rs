//! Injected errors, delays and calls that hang.

use std::thread;
use std::time::{Duration, Instant};

use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use misbehaving_module::control::{Control, Delay, Functions, Hang, Inject};
use misbehaving_module::names::Function;

use crate::fixture::{Fixture, Outcome, in_child, key_pair, rv, sign, told, wait_until};

#[test]
fn errors_are_injected_as_often_as_told() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let (_, key) = key_pair(&session)?;
    let rule = Inject::before(Function::C_SignInit, rv("CKR_DEVICE_ERROR")?);
    for (rule, expected) in [
        (rule.clone(), [false; 4]),
        (rule.clone().times(1), [false, true, true, true]),
        (rule.clone().times(2), [false, false, true, true]),
        (rule.clone().every(2), [true, false, true, false]),
        (rule.nth(3), [true, true, false, true]),
    ] {
        fixture.set(|control| Control {
            inject: vec![rule],
            ..control
        })?;
        let signed = [(); 4].map(|()| sign(&session, key));
        for (signed, expected) in signed.into_iter().zip(expected) {
            assert_eq!(signed.is_ok(), expected);
            if !expected {
                assert_eq!(told(signed), "DeviceError");
            }
        }
    }
    Ok(())
}

#[test]
fn a_refused_call_is_not_made_and_ends_its_operation() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let (public, key) = key_pair(&session)?;
    let signature = sign(&session, key)?;
    let functions = vec![
        Function::C_Sign,
        Function::C_Verify,
        Function::C_FindObjectsFinal,
    ];
    let answer = rv("CKR_FUNCTION_FAILED")?;
    fixture.set(|control| Control {
        inject: vec![Inject::before(functions, answer)],
        ..control
    })?;
    assert_eq!(told(sign(&session, key)), "FunctionFailed");
    let verified = session.verify(&Mechanism::Ecdsa, public, &[7; 32], &signature);
    assert_eq!(told(verified), "FunctionFailed");
    let _ = session.find_objects(&[]);

    fixture.set(|control| control)?;
    sign(&session, key)?;
    session.verify(&Mechanism::Ecdsa, public, &[7; 32], &signature)?;
    assert_eq!(session.find_objects(&[])?.len(), 2);
    Ok(())
}

#[test]
fn an_error_can_follow_the_call() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let functions = vec![Function::C_GenerateKeyPair, Function::C_OpenSession];
    let answer = rv("CKR_DEVICE_REMOVED")?;
    fixture.set(|control| Control {
        inject: vec![Inject::after(functions, answer)],
        ..control
    })?;
    assert_eq!(told(key_pair(&session)), "DeviceRemoved");
    assert!(fixture.session().is_err());

    fixture.set(|control| control)?;
    assert_eq!(session.find_objects(&[])?.len(), 2, "the keys were made");
    assert_eq!(
        fixture.statistics()?.open_sessions(),
        1,
        "nobody could close it"
    );
    Ok(())
}

#[test]
fn an_error_lasts_until_its_cure() -> Outcome {
    in_child("rules::an_error_lasts_until_its_cure", || {
        let fixture = Fixture::new()?;
        let rules = |cure| -> Outcome<Vec<Inject>> {
            let rule = Inject::before(Function::C_OpenSession, rv("CKR_DEVICE_ERROR")?);
            Ok(vec![rule.until(cure)])
        };
        let inject = rules(Function::C_GetSlotInfo)?;
        fixture.set(|control| Control { inject, ..control })?;
        assert!(fixture.session().is_err());
        fixture.pkcs11.get_slot_info(fixture.slot()?)?;
        fixture.session()?;

        let inject = rules(Function::C_Initialize)?;
        fixture.set(|control| Control { inject, ..control })?;
        assert!(fixture.session().is_err());
        fixture.pkcs11.clone().finalize()?;
        fixture.initialize()?;
        fixture.session()?;
        Ok(())
    })
}

#[test]
fn initialisation_fails_as_often_as_told() -> Outcome {
    in_child("rules::initialisation_fails_as_often_as_told", || {
        let answer = rv("CKR_FUNCTION_FAILED")?;
        let fixture = Fixture::loaded(|control| Control {
            inject: vec![Inject::before(Function::C_Initialize, answer).times(2)],
            ..control
        })?;
        assert!(fixture.initialize().is_err());
        let error = told(fixture.pkcs11.get_slots_with_token());
        assert_eq!(error, "CryptokiNotInitialized");
        assert!(fixture.initialize().is_err());
        fixture.initialize()?;
        fixture.session()?;
        Ok(())
    })
}

#[test]
fn calls_are_delayed() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let (_, key) = key_pair(&session)?;
    fixture.set(|control| Control {
        delay: vec![
            Delay::new(Functions::All, 20),
            Delay::new(Function::C_SignInit, 100),
        ],
        ..control
    })?;
    let begin = Instant::now();
    sign(&session, key)?;
    assert!(begin.elapsed() >= Duration::from_millis(160));
    Ok(())
}

#[test]
fn a_call_hangs_until_it_is_released_and_others_do_not() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let (_, key) = key_pair(&session)?;
    let answer = rv("CKR_DEVICE_ERROR")?;
    fixture.set(|control| Control {
        hang: vec![Hang::new(Function::C_Sign).times(1)],
        ..control
    })?;
    thread::scope(|scope| {
        let hanging = scope.spawn(|| {
            let session = fixture.session().unwrap();
            sign(&session, key)
        });
        wait_until(
            "the call hangs",
            || Ok(fixture.statistics()?.hanging() == 1),
        )
        .unwrap();
        for _ in 0..10 {
            sign(&session, key).unwrap();
        }
        assert!(!hanging.is_finished());
        fixture
            .set(|control| Control {
                inject: vec![Inject::before(Function::C_Sign, answer)],
                ..control
            })
            .unwrap();
        let released = hanging.join().unwrap();
        assert_eq!(told(released), "DeviceError", "the new control file holds");
    });
    assert_eq!(fixture.statistics()?.hanging(), 0);
    Ok(())
}

#[test]
fn a_login_is_refused_without_being_tried() -> Outcome {
    let fixture = Fixture::new()?;
    let answer = rv("CKR_PIN_INCORRECT")?;
    fixture.set(|control| Control {
        inject: vec![Inject::before(Function::C_Login, answer)],
        ..control
    })?;
    assert!(fixture.logged_in().is_err());
    let session = fixture.session()?;
    let private = [Attribute::Private(true), Attribute::Token(false)];
    assert!(session.create_object(&private).is_err());
    fixture.set(|control| control)?;
    drop(session);
    fixture.logged_in()?;
    Ok(())
}
