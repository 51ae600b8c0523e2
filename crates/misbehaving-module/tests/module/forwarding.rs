//! Forwarding and counting.

use std::fs;
use std::thread;

use cryptoki::context::Pkcs11;
use cryptoki::mechanism::Mechanism;
use misbehaving_module::names::Function;

use crate::fixture::{Fixture, Outcome, key_pair, sign, told};

#[test]
fn everything_is_forwarded_and_counted() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let (public, private) = key_pair(&session)?;

    let before = fixture.statistics()?;
    let signature = sign(&session, private)?;
    session.verify(&Mechanism::Ecdsa, public, &[7; 32], &signature)?;
    assert_eq!(
        fixture.statistics()?.calls_since(&before),
        [
            (Function::C_SignInit, 1),
            (Function::C_Sign, 2),
            (Function::C_VerifyInit, 1),
            (Function::C_Verify, 1),
        ]
    );

    let other = fixture.session()?;
    assert_eq!(fixture.statistics()?.open_sessions(), 2);
    drop(other);
    drop(session);
    assert_eq!(fixture.statistics()?.open_sessions(), 0);
    Ok(())
}

#[test]
fn threads_call_at_once() -> Outcome {
    let fixture = Fixture::new()?;
    let login = fixture.logged_in()?;
    let (_, private) = key_pair(&login)?;
    let before = fixture.statistics()?;
    thread::scope(|scope| {
        let threads = [(); 8].map(|()| {
            scope.spawn(|| {
                let session = fixture.session().unwrap();
                for _ in 0..50 {
                    assert_eq!(sign(&session, private).unwrap().len(), 64);
                }
            })
        });
        // Their ends, too: OpenSSL takes part in them, and must not meet the end of the process.
        for thread in threads {
            thread.join().unwrap();
        }
    });
    let after = fixture.statistics()?;
    let signed = after.calls(Function::C_SignInit) - before.calls(Function::C_SignInit);
    assert_eq!(signed, 400);
    assert_eq!(after.open_sessions(), 1);
    Ok(())
}

#[test]
fn a_malformed_control_file_is_an_error() -> Outcome {
    let fixture = Fixture::new()?;
    let slot = fixture.slot()?;
    fs::write(&fixture.control, "[token]\npresent = \"perhaps\"\n")?;
    for _ in 0..2 {
        assert_eq!(told(fixture.pkcs11.get_slot_info(slot)), "GeneralError");
    }
    fs::remove_file(&fixture.control)?;
    assert_eq!(told(fixture.pkcs11.get_slot_info(slot)), "GeneralError");
    fixture.set(|control| control)?;
    fixture.pkcs11.get_slot_info(slot)?;
    Ok(())
}

#[test]
fn a_missing_target_is_an_error() -> Outcome {
    let directory = tempfile::tempdir()?;
    let module = misbehaving_module::install(directory.path())?;
    let error = Pkcs11::new(&module).unwrap_err();
    assert_eq!(told::<()>(Err(error)), "GeneralError");
    Ok(())
}
