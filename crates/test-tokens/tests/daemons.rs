//! That daemons end with the process of the test, however it ends.
//!
//! The tests run this file's own binary again, as processes that end well and that are killed.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::error::Error;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use softhsm_test::Environment;
use test_tokens::{opencryptoki, p11_kit, tpm2};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Tells this binary what it is run for; without it, the child tests do nothing.
const ROLE: &str = "TEST_TOKENS_ROLE";

/// How long daemons may take to end.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn child() {
    let Ok(role) = env::var(ROLE) else { return };
    let tokens = [tpm2::start(), p11_kit::start(), opencryptoki::start()].map(Result::unwrap);
    match role.as_str() {
        "drops" => {
            drop(tokens);
            wait_for_the_end_of_all_but(Some(std::process::id()), &env::var("TMPDIR").unwrap());
        }
        "killed" => std::process::abort(),
        // As a token that a static holds: nothing is dropped.
        _ => std::mem::forget(tokens),
    }
}

fn run_child(role: &str) -> Outcome<ExitStatus> {
    let place = Environment::new()?;
    let temporary = place.path().to_str().ok_or("not UTF-8")?;
    let output = Command::new(env::current_exe()?)
        .args(["--exact", "child"])
        .env(ROLE, role)
        .env("TMPDIR", temporary)
        .output()?;
    println!("{}", String::from_utf8_lossy(&output.stdout));
    wait_for_the_end_of_all_but(None, temporary);
    Ok(output.status)
}

fn wait_for_the_end_of_all_but(kept: Option<u32>, temporary: &str) {
    let deadline = Instant::now() + PATIENCE;
    while !processes_with(temporary).into_iter().eq(kept) {
        assert!(Instant::now() < deadline, "{:?}", processes_with(temporary));
        thread::sleep(Duration::from_millis(10));
    }
}

/// The processes that were started with this directory for temporary files.
fn processes_with(temporary: &str) -> Vec<u32> {
    let variable = format!("TMPDIR={temporary}");
    let started_with_it = |id: &u32| {
        fs::read(format!("/proc/{id}/environ"))
            .unwrap_or_default()
            .split(|&byte| byte == 0)
            .any(|entry| entry == variable.as_bytes())
    };
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(started_with_it)
        .collect()
}

#[test]
fn they_end_when_the_token_is_dropped() -> Outcome {
    assert!(run_child("drops")?.success());
    Ok(())
}

#[test]
fn they_end_with_the_process() -> Outcome {
    assert!(run_child("ends")?.success());
    Ok(())
}

#[test]
fn they_end_with_a_process_that_is_killed() -> Outcome {
    assert!(!run_child("killed")?.success());
    Ok(())
}
