//! Sessions that end, logins that are lost, limits and numbers of sessions.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use cryptoki::session::UserType;
use misbehaving_module::control::{Control, Handles, ReportedLimit, Sessions};
use misbehaving_module::names::Function;

use crate::fixture::{Fixture, Outcome, key_pair, rv, sign, told, wait_until};

#[test]
fn sessions_are_killed() -> Outcome {
    for (answer, expected) in [
        ("CKR_SESSION_HANDLE_INVALID", "SessionHandleInvalid"),
        ("CKR_SESSION_CLOSED", "SessionClosed"),
        ("CKR_DEVICE_REMOVED", "DeviceRemoved"),
    ] {
        let fixture = Fixture::new()?;
        let session = fixture.logged_in()?;
        let (_, key) = key_pair(&session)?;
        let answer = rv(answer)?;
        fixture.set(|control| Control {
            kill_sessions: Some(answer),
            ..control
        })?;
        assert_eq!(told(sign(&session, key)), expected);
        assert_eq!(told(session.get_session_info()), expected);
        assert_eq!(fixture.statistics()?.open_sessions(), 0);

        let new = fixture.session()?;
        let (_, private) = (fixture.session()?, key_pair(&new));
        assert!(private.is_err(), "the login ended with the last session");
        drop(session);
        new.login(UserType::User, Some(&fixture.token.auth_pin()))?;
        let (_, key) = key_pair(&new)?;
        sign(&new, key)?;
    }
    Ok(())
}

#[test]
fn sessions_are_killed_while_they_are_used() -> Outcome {
    const THREADS: u64 = 4;
    let fixture = Fixture::new()?;
    let answer = rv("CKR_SESSION_HANDLE_INVALID")?;
    let over = AtomicBool::new(false);
    let sign_until_it_fails = || -> Outcome {
        let session = fixture.session()?;
        // Another thread may have logged in.
        let _ = session.login(UserType::User, Some(&fixture.token.auth_pin()));
        let (_, key) = key_pair(&session)?;
        while !over.load(Ordering::SeqCst) {
            sign(&session, key)?;
        }
        Ok(())
    };
    thread::scope(|scope| -> Outcome {
        let sign = || {
            while !over.load(Ordering::SeqCst) {
                let _ = sign_until_it_fails();
            }
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(sign)).collect();
        let kill = || -> Outcome {
            for _ in 0..20 {
                fixture.set(|control| Control {
                    kill_sessions: Some(answer),
                    ..control
                })?;
                let enough = fixture.statistics()?.calls(Function::C_Sign) + 20 * THREADS;
                wait_until("signatures", || {
                    Ok(fixture.statistics()?.calls(Function::C_Sign) >= enough)
                })?;
            }
            Ok(())
        };
        let killed = kill();
        over.store(true, Ordering::SeqCst);
        // Their ends, too: OpenSSL takes part in them, and must not meet the end of the process.
        for thread in threads {
            thread.join().unwrap();
        }
        killed
    })?;
    assert!(fixture.statistics()?.sessions_opened() > 20);
    assert_eq!(fixture.statistics()?.open_sessions(), 0);
    let session = fixture.logged_in()?;
    let (_, key) = key_pair(&session)?;
    sign(&session, key)?;
    Ok(())
}

#[test]
fn the_login_is_lost() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let (_, key) = key_pair(&session)?;
    let answer = rv("CKR_USER_NOT_LOGGED_IN")?;
    fixture.set(|control| Control {
        logout: Some(answer),
        ..control
    })?;
    assert_eq!(told(sign(&session, key)), "UserNotLoggedIn");
    assert_eq!(told(key_pair(&session)), "UserNotLoggedIn");
    // It would be refused if the real module were logged in.
    session.login(UserType::User, Some(&fixture.token.auth_pin()))?;
    let (_, key) = key_pair(&session)?;
    sign(&session, key)?;
    Ok(())
}

#[test]
fn sessions_are_limited() -> Outcome {
    let fixture = Fixture::new()?;
    let slot = fixture.slot()?;
    let limited = |reported| {
        fixture.set(|control| Control {
            sessions: Sessions {
                limit: Some(2),
                reported,
            },
            ..control
        })
    };
    limited(None)?;
    let one = fixture.session()?;
    let _two = fixture.session()?;
    assert_eq!(told(fixture.pkcs11.open_rw_session(slot)), "SessionCount");
    drop(one);
    fixture.session()?;

    for (reported, expected) in [
        (ReportedLimit::Sessions(2), "Max(2)"),
        (ReportedLimit::Unavailable, "Unavailable"),
        (ReportedLimit::Infinite, "Infinite"),
    ] {
        limited(Some(reported))?;
        let info = fixture.pkcs11.get_token_info(slot)?;
        assert_eq!(format!("{:?}", info.max_session_count()), expected);
        assert_eq!(format!("{:?}", info.max_rw_session_count()), expected);
    }
    Ok(())
}

#[test]
fn numbers_are_used_again() -> Outcome {
    let fixture = Fixture::with(|control| Control {
        handles: Handles {
            reuse_sessions: true,
            reuse_objects: true,
        },
        ..control
    })?;
    let session = fixture.logged_in()?;
    let second = fixture.session()?;
    let number = second.handle();
    drop(second);
    assert_eq!(fixture.session()?.handle(), number);

    let (public, private) = key_pair(&session)?;
    session.destroy_object(private)?;
    let (_, again) = key_pair(&session)?;
    assert_ne!(public, again);
    let all = session.find_objects(&[])?;
    assert_eq!(all.len(), 3);
    assert!(all.contains(&again), "a found object has the number it had");
    sign(&session, again)?;
    session.destroy_object(again)?;
    assert!(told(sign(&session, again)).contains("HandleInvalid"));
    Ok(())
}

#[test]
fn session_objects_free_their_numbers() -> Outcome {
    let fixture = Fixture::with(|control| Control {
        handles: Handles {
            reuse_objects: true,
            ..Handles::default()
        },
        ..control
    })?;
    let _login = fixture.logged_in()?;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let session = fixture.session()?;
        let (public, private) = key_pair(&session)?;
        sign(&session, private)?;
        seen.push((public, private));
    }
    assert_eq!(seen[0], seen[1]);
    Ok(())
}

#[test]
fn numbers_are_new_otherwise() -> Outcome {
    let fixture = Fixture::new()?;
    let first = fixture.session()?.handle();
    assert_ne!(fixture.session()?.handle(), first);
    let calls = fixture.statistics()?.calls(Function::C_OpenSession);
    assert_eq!(calls, 2);
    Ok(())
}
