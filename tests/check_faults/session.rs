//! Faults of sessions and logins.

use misbehaving_module::control::{Control, ReportedLimit};
use misbehaving_module::names::Function;
use misbehaving_module::statistics::Statistics;
use parsec_pkcs11_ecc::check::{CaseResult, Fact, Outcome};

use crate::answer::{always, nth};
use crate::fault::{Faulty, is_caught};
use crate::run::check;

#[test]
fn fewer_sessions_than_the_token_says() {
    let case = is_caught("session.limit", Outcome::Warn, |control| {
        control.sessions.limit = Some(4);
        control.sessions.reported = Some(ReportedLimit::Sessions(100));
    });
    assert_eq!(case.facts, [Fact::MaxSessions { count: 3 }]);
    assert_eq!(case.findings[0].value.as_deref(), Some("CKR_SESSION_COUNT"));
}

#[test]
fn one_session_only() {
    let case = is_caught("session.limit", Outcome::Warn, |control| {
        control.sessions.limit = Some(1);
        control.sessions.reported = Some(ReportedLimit::Sessions(1));
    });
    assert_eq!(case.facts, [Fact::MaxSessions { count: 1 }]);
}

#[test]
fn more_sessions_than_the_token_says() {
    is_caught("session.limit", Outcome::Warn, |control| {
        control.sessions.reported = Some(ReportedLimit::Sessions(10));
    });
}

/// Nothing is wrong with such a token: cases that need a second session are skipped.
#[test]
fn a_token_with_one_session_fails_nowhere() {
    let token = Faulty::new(|control| {
        control.sessions.limit = Some(1);
        control.sessions.reported = Some(ReportedLimit::Sessions(1));
    });
    let suites = ["module", "slot", "token", "session", "objects", "errors"];
    let arguments: Vec<&str> = suites.iter().flat_map(|suite| ["--suite", suite]).collect();
    let report = check(&token.access, &arguments).report.unwrap();
    let failed: Vec<&CaseResult> = report
        .cases
        .iter()
        .filter(|case| case.outcome == Outcome::Fail)
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(report.cases.len() > 60);
}

/// Some modules of key management services.
#[test]
fn sessions_that_are_not_described() {
    is_caught("session.info", Outcome::Warn, |control| {
        always(
            control,
            Function::C_GetSessionInfo,
            "CKR_FUNCTION_NOT_SUPPORTED",
        );
    });
}

#[test]
fn a_state_that_does_not_follow_the_login() {
    for id in ["session.info", "session.login-shared"] {
        is_caught(id, Outcome::Fail, |control| {
            // The state is that of a public session, for ever.
            always(control, Function::C_GetSessionInfo, "CKR_OK");
        });
    }
}

#[test]
fn a_second_login_that_is_taken() {
    is_caught("session.second-login", Outcome::Warn, |control| {
        nth(control, Function::C_Login, 3, "CKR_OK");
    });
}

#[test]
fn a_logout_that_does_nothing() {
    is_caught("session.logout", Outcome::Fail, |control| {
        always(control, Function::C_Logout, "CKR_OK");
    });
}

#[test]
fn a_login_that_outlives_its_sessions() {
    is_caught("session.last-closed", Outcome::Warn, |control| {
        always(control, Function::C_CloseSession, "CKR_OK");
    });
}

#[test]
fn a_read_only_session_that_writes() {
    is_caught("session.read-only", Outcome::Fail, |control| {
        always(control, Function::C_GenerateKeyPair, "CKR_OK");
    });
}

#[test]
fn a_read_only_session_that_says_something_else() {
    is_caught("session.read-only", Outcome::Warn, |control| {
        always(
            control,
            Function::C_GenerateKeyPair,
            "CKR_TOKEN_WRITE_PROTECTED",
        );
    });
}

#[test]
fn a_handle_that_outlives_its_session() {
    is_caught("session.stale-handle", Outcome::Fail, |control| {
        always(control, Function::C_GetSessionInfo, "CKR_OK");
    });
}

#[test]
fn handles_of_sessions_that_are_reused_are_told() {
    let case = is_caught("session.handle-reuse", Outcome::Pass, |control| {
        control.handles.reuse_sessions = true;
    });
    assert_eq!(
        case.notes,
        ["handles of closed sessions are given to new ones"]
    );
}

/// Runs `session.wrong-pin`, and gives the number of logins besides.
fn wrong_pin(arguments: &[&str], fault: impl FnOnce(&mut Control)) -> (CaseResult, u64) {
    let directory = tempfile::tempdir().unwrap();
    let counts = directory.path().join("counts");
    let token = Faulty::new(|control| {
        control.statistics = Some(counts.clone());
        fault(control);
    });
    let arguments = [&["--filter", "session.wrong-pin"], arguments].concat();
    let checked = check(&token.access, &arguments);
    let logins = Statistics::read(&counts).unwrap().calls(Function::C_Login);
    (checked.case("session.wrong-pin").clone(), logins)
}

#[test]
fn no_wrong_pin_is_tried_unasked() {
    let (case, logins) = wrong_pin(&[], |_| {});
    assert_eq!(case.outcome, Outcome::Skip);
    // The token was opened.
    assert_eq!(logins, 1);
}

#[test]
fn a_wrong_pin_is_tried_once_and_the_count_is_reset() {
    let (case, logins) = wrong_pin(&["--allow-wrong-pin"], |_| {});
    assert_eq!(case.outcome, Outcome::Pass, "{case:#?}");
    // The token is opened before and after the case, which tries the right PIN, a wrong one, and the right one.
    assert_eq!(logins, 5);
}

#[test]
fn no_wrong_pin_is_tried_where_one_was_tried_before() {
    for flag in ["CKF_USER_PIN_COUNT_LOW", "CKF_USER_PIN_TO_BE_CHANGED"] {
        let (case, logins) = wrong_pin(&["--allow-wrong-pin"], |control| {
            control.pin_flags = Some(vec![flag.parse().unwrap()]);
        });
        assert_eq!(case.outcome, Outcome::Skip);
        assert!(case.reason.unwrap().contains(flag));
        // Only to open the token, before and after.
        assert_eq!(logins, 2);
    }
}

#[test]
fn a_wrong_pin_that_is_taken() {
    let (case, _) = wrong_pin(&["--allow-wrong-pin"], |control| {
        nth(control, Function::C_Login, 3, "CKR_OK");
    });
    assert_eq!(case.outcome, Outcome::Fail, "{case:#?}");
}

#[test]
fn a_right_pin_that_is_refused_after_a_wrong_one() {
    let (case, logins) = wrong_pin(&["--allow-wrong-pin"], |control| {
        nth(control, Function::C_Login, 4, "CKR_PIN_INCORRECT");
    });
    assert_eq!(case.outcome, Outcome::Fail, "{case:#?}");
    // It is not tried again in the case.
    assert!(logins <= 5);
}
