//! What processes leave behind in the directory for temporary files.
//!
//! The tests run this file's own binary again, as processes that end well and that do not.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, SystemTime};

use softhsm_test::{Environment, Token};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Tells this binary what it is run for; without it, the child tests do nothing.
const ROLE: &str = "SOFTHSM_TEST_ROLE";

#[test]
fn child() {
    let Ok(role) = env::var(ROLE) else { return };
    Token::new().unwrap();
    if role == "killed" {
        std::process::abort();
    }
}

fn run_child(role: &str, temporary: &Path) -> Outcome<ExitStatus> {
    let status = Command::new(env::current_exe()?)
        .args(["--exact", "child"])
        .env(ROLE, role)
        .env("TMPDIR", temporary)
        .output()?
        .status;
    Ok(status)
}

fn directories(temporary: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(temporary)? {
        let path = entry?.path();
        if path.is_dir() && path.file_name() != Some("tokens".as_ref()) {
            found.push(path);
        }
    }
    Ok(found)
}

fn make_old(path: &Path) -> Outcome {
    let hour_ago = SystemTime::now() - Duration::from_secs(3600);
    File::open(path)?.set_modified(hour_ago)?;
    Ok(())
}

#[test]
fn a_process_removes_its_own_at_its_end() -> Outcome {
    let place = Environment::new()?;
    assert!(run_child("ends", place.path())?.success());
    assert_eq!(directories(place.path())?, Vec::<PathBuf>::new());
    Ok(())
}

#[test]
fn the_next_process_removes_what_a_killed_one_left() -> Outcome {
    let place = Environment::new()?;
    assert!(run_child("killed", place.path())?.signal().is_some());
    let left = directories(place.path())?;
    assert_eq!(left.len(), 1);

    assert!(run_child("ends", place.path())?.success());
    assert_eq!(directories(place.path())?, left, "too young to be stale");

    make_old(&left[0])?;
    assert!(run_child("ends", place.path())?.success());
    assert_eq!(directories(place.path())?, Vec::<PathBuf>::new());
    Ok(())
}

#[test]
fn one_in_use_and_strange_ones_stay() -> Outcome {
    let place = Environment::new()?;
    let in_use = Environment::new()?;
    // The lock follows the file, so the name may change.
    let moved = place.path().join("softhsm-test-in-use");
    fs::rename(in_use.path(), &moved)?;
    make_old(&moved)?;
    let file = place.path().join("softhsm-test-file");
    fs::write(&file, "not a directory")?;
    make_old(&file)?;

    assert!(run_child("ends", place.path())?.success());
    assert_eq!(directories(place.path())?, vec![moved]);
    assert!(file.exists());
    Ok(())
}
