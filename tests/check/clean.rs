//! What an earlier run left is shown and removed, and nothing else.

use std::process::{Output, Stdio};

use misbehaving_module::control::Hang;
use misbehaving_module::names::Function;
use softhsm_test::Token;

use crate::access::Access;
use crate::objects::{labels, make_pair};
use crate::run::command;
use crate::running::{Running, keep_keys};

/// As of a run that was killed.
const LEFT: &str = "parsec:check-00112233445566ff:a0b0c0d0";

/// Keys of a service, of another application, and one that only looks like those of a run.
const OTHERS: [&str; 3] = [
    "check-00112233445566ff",
    "parsec:00112233445566ff:a0b0c0d0",
    "payroll",
];

fn clean(access: &Access, more: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    command(access, &directory)
        .arg("--clean")
        .args(more)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn access(token: &Token) -> Access {
    Access {
        module: softhsm_test::module_path().unwrap(),
        serial: Some(token.serial().to_owned()),
        pin: token.user_pin().to_owned(),
        ..Access::default()
    }
}

fn twice(labels: &[&str]) -> Vec<String> {
    let mut labels: Vec<_> = [labels, labels].concat();
    labels.sort_unstable();
    labels.into_iter().map(str::to_owned).collect()
}

#[test]
fn leftovers_are_shown_then_removed_and_others_stay() {
    let token = Token::new().unwrap();
    let access = access(&token);
    for label in OTHERS.into_iter().chain([LEFT]) {
        make_pair(&access, label);
    }

    let asked = clean(&access, &[]);
    assert!(asked.status.success());
    let text = String::from_utf8(asked.stdout).unwrap();
    assert_eq!(text.matches(LEFT).count(), 2, "{text}");
    assert!(
        !OTHERS
            .iter()
            .any(|other| text.contains(&format!(": {other}\n")))
    );
    let all = [OTHERS.as_slice(), &[LEFT]].concat();
    assert_eq!(labels(&access), twice(&all), "nobody said yes");

    let removed = clean(&access, &["--yes"]);
    assert!(removed.status.success());
    let text = String::from_utf8(removed.stdout).unwrap();
    assert!(text.contains("2 objects"), "{text}");
    assert_eq!(labels(&access), twice(&OTHERS));
}

#[test]
fn what_a_run_left_that_was_killed_is_removed() {
    let mut running = Running::start(|control| {
        keep_keys(control);
        control.hang = vec![Hang::new(Function::C_Sign)];
    });
    running.kill();
    let access = &running.faulty.access;
    let left = labels(access);
    assert_eq!(left.len(), 2);
    let removed = clean(access, &["--yes"]);
    let text = String::from_utf8(removed.stdout).unwrap();
    assert_eq!(text.matches(&left[0]).count(), 2, "{text}");
    assert_eq!(labels(access), [""; 0]);
}

#[test]
fn there_may_be_nothing_to_remove() {
    let token = Token::new().unwrap();
    let text = String::from_utf8(clean(&access(&token), &["--yes"]).stdout).unwrap();
    assert!(text.starts_with("0 objects"), "{text}");
}
