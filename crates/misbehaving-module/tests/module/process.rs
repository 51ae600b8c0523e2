//! The end of the process, and its environment.

use std::env;
use std::num::NonZeroU64;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use misbehaving_module::control::{Control, End, Functions, How};
use misbehaving_module::names::Function;
use misbehaving_module::statistics::Statistics;
use misbehaving_module::{CONTROL, TARGET, module_path};

use crate::fixture::{Fixture, Outcome, is_child, key_pair, sign};

const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;

/// Runs the test in a child process; there, `end` applies once there is a key pair.
fn run(test: &str, end: End) -> Outcome<Option<Output>> {
    if !is_child() {
        return Ok(Some(Fixture::child(test)?));
    }
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let (_, key) = key_pair(&session)?;
    fixture.set(|control| Control {
        end: vec![end],
        ..control
    })?;
    println!("begins");
    for _ in 0..2 {
        sign(&session, key)?;
        println!("signed");
    }
    println!("survived");
    Ok(None)
}

fn printed(output: &Output) -> (usize, bool) {
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("begins"), "{printed}");
    (
        printed.matches("signed").count(),
        printed.contains("survived"),
    )
}

#[test]
fn it_ends_before_a_call() -> Outcome {
    // Each signature is two calls of C_Sign: the first asks for the length.
    let nth = NonZeroU64::new(3).ok_or("zero")?;
    let end = End::before(Function::C_Sign, nth, How::Exit);
    if let Some(output) = run("process::it_ends_before_a_call", end)? {
        assert_eq!(output.status.code(), Some(137));
        assert_eq!(printed(&output), (1, false));
    }
    Ok(())
}

#[test]
fn it_ends_after_a_call() -> Outcome {
    let nth = NonZeroU64::new(4).ok_or("zero")?;
    let end = End::after(Function::C_Sign, nth, How::Abort);
    if let Some(output) = run("process::it_ends_after_a_call", end)? {
        assert_eq!(output.status.signal(), Some(SIGABRT));
        assert_eq!(printed(&output), (1, false));
    }
    Ok(())
}

#[test]
fn it_is_killed_at_a_call_of_any_function() -> Outcome {
    // C_SignInit, C_Sign, C_Sign and once more C_SignInit.
    let nth = NonZeroU64::new(4).ok_or("zero")?;
    let end = End::before(Functions::All, nth, How::Kill);
    if let Some(output) = run("process::it_is_killed_at_a_call_of_any_function", end)? {
        assert_eq!(output.status.signal(), Some(SIGKILL));
        assert_eq!(printed(&output), (1, false));
    }
    Ok(())
}

#[test]
fn the_environment_names_control_file_and_target() -> Outcome {
    if env::var_os(CONTROL).is_some() {
        // SoftHSM2 cannot be initialised without a place for tokens.
        let _token = softhsm_test::Token::new()?;
        let pkcs11 = Pkcs11::new(module_path()?)?;
        pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
        pkcs11.get_all_slots()?;
        return Ok(());
    }
    let directory = tempfile::tempdir()?;
    let control = directory.path().join("any.toml");
    let statistics = directory.path().join("statistics");
    Control {
        statistics: Some(statistics.clone()),
        ..Control::default()
    }
    .write(&control)?;
    // Two processes add to one file.
    for _ in 0..2 {
        let test = "process::the_environment_names_control_file_and_target";
        let output = Command::new(env::current_exe()?)
            .args(["--exact", test])
            .env(CONTROL, &control)
            .env(TARGET, softhsm_test::module_path()?)
            .output()?;
        assert!(output.status.success(), "{output:?}");
    }
    let statistics = Statistics::read(&statistics)?;
    assert_eq!(statistics.calls(Function::C_Initialize), 2);
    Ok(())
}
