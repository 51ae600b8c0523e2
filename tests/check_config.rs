//! `parsec-pkcs11 serve`, as far as it goes without a token: `--check-config`, and starts that fail.
#![cfg(feature = "service")]

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::{TempDir, tempdir};

/// A directory with all that a sound configuration names.
struct Set {
    directory: TempDir,
}

impl Set {
    fn new() -> io::Result<Self> {
        let set = Self {
            directory: tempdir()?,
        };
        fs::write(set.path("p11.so"), "no library, but nothing loads it")?;
        fs::write(set.path("pin"), "98765secret\n")?;
        fs::create_dir(set.path("mappings"))?;
        Ok(set)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A configuration in which `from` is replaced by `to`.
    fn text(&self, from: &str, to: &str) -> String {
        "[core_settings]\nallow_root = true\n\
         [listener]\nlistener_type = \"DomainSocket\"\ntimeout = 200\nsocket_path = \"DIR/socket\"\n\
         [authenticator]\nauth_type = \"UnixPeerCredentials\"\n\
         [[key_manager]]\nname = \"kim\"\nmanager_type = \"OnDisk\"\nstore_path = \"DIR/mappings\"\n\
         [[provider]]\nprovider_type = \"Pkcs11\"\nkey_info_manager = \"kim\"\n\
         library_path = \"DIR/p11.so\"\nuser_pin_file = \"DIR/pin\"\n"
            .replace(from, to)
            .replace("DIR", &self.directory.path().display().to_string())
    }

    fn run(&self, text: &str, arguments: &[&str]) -> io::Result<Output> {
        fs::write(self.path("config.toml"), text)?;
        Command::new(env!("CARGO_BIN_EXE_parsec-pkcs11"))
            .args(["serve", "--config"])
            .arg(self.path("config.toml"))
            .args(arguments)
            .env_remove("RUST_LOG")
            .env_remove("NOTIFY_SOCKET")
            .output()
    }

    /// Checks that the configuration has a problem that says `reason`.
    fn problem(&self, text: &str, reason: &str) -> io::Result<()> {
        let output = self.run(text, &["--check-config"])?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{reason}: {said}");
        assert!(
            said.contains(reason) && !said.contains("9876"),
            "{reason}: {said}"
        );
        assert!(output.stdout.is_empty());
        Ok(())
    }
}

#[test]
fn a_sound_file_is_ok_and_nothing_is_touched() -> io::Result<()> {
    let set = Set::new()?;
    let output = set.run(&set.text("", ""), &["--check-config"])?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(said.ends_with("config.toml: OK\n"), "{said}");
    assert!(!set.path("socket").exists() && fs::read_dir(set.path("mappings"))?.count() == 0);
    Ok(())
}

#[test]
fn each_problem_is_found_without_the_token() -> io::Result<()> {
    let set = Set::new()?;
    for (from, to, reason) in [
        (
            "timeout = 200",
            "timeout = 200\ntime_out = 1",
            "unknown key `time_out`",
        ),
        ("DIR/p11.so", "DIR/absent.so", "absent.so is not a file"),
        ("DIR/pin", "DIR/absent", "absent cannot be read"),
        (
            "user_pin_file = \"DIR/pin\"",
            "user_pin = \"hex:98765\"",
            "hexadecimal",
        ),
        (
            "user_pin_file",
            "user_pin = \"98765\"\nuser_pin_file",
            "user_pin and user_pin_file",
        ),
        (
            "user_pin_file = \"DIR/pin\"",
            "user_pin = 98765",
            "config.toml:17:12: ",
        ),
        (
            "info_manager = \"kim\"",
            "info_manager = \"kin\"",
            "there are: \"kim\"",
        ),
        ("DIR/socket", "DIR/absent/socket", "absent does not exist"),
        ("DIR/socket", "DIR/pin", "is no socket"),
        ("DIR/mappings", "DIR/pin/mappings", "store_path"),
        ("DIR/mappings", "DIR/pin", "is no directory"),
        (
            "\"OnDisk\"\nstore_path",
            "\"SQLite\"\nsqlite_db_path",
            "is a directory: name the file",
        ),
        (
            "[[provider]]",
            "[[provider]]\nprovider_type = \"Tpm\"\n[[provider]]",
            "type Tpm",
        ),
        ("[listener]", "[listener", "config.toml:3:"),
    ] {
        set.problem(&set.text(from, to), reason)?;
    }
    Ok(())
}

#[test]
fn all_problems_are_listed_at_once() -> io::Result<()> {
    let set = Set::new()?;
    let text = set
        .text("DIR/p11.so", "DIR/absent.so")
        .replace("timeout =", "x = 1\ntimeout =");
    for reason in ["unknown key `x`", "absent.so is not a file"] {
        set.problem(&text, reason)?;
    }
    Ok(())
}

#[test]
fn damaged_mappings_are_told_and_left() -> io::Result<()> {
    let set = Set::new()?;
    let file = set.path("mappings/YXBw/2/a2V5");
    fs::create_dir_all(set.path("mappings/YXBw/2"))?;
    fs::write(&file, "")?;
    set.problem(&set.text("", ""), "YXBw/2/a2V5 is damaged")?;
    assert!(file.exists());
    Ok(())
}

#[test]
fn a_missing_configuration_file_is_named() -> io::Result<()> {
    let set = Set::new()?;
    for arguments in [["serve", "--check-config"].as_slice(), &["serve"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_parsec-pkcs11"))
            .args(arguments)
            .current_dir(set.directory.path())
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            said.contains("the configuration file config.toml cannot be read"),
            "{said}"
        );
    }
    Ok(())
}

#[test]
fn a_start_that_fails_says_so_once_and_leaves_no_socket() -> io::Result<()> {
    let set = Set::new()?;
    for (from, to, reason) in [
        ("", "", "p11.so"),
        (
            "DIR/socket",
            "DIR/absent/socket",
            "absent/socket cannot be made",
        ),
        ("DIR/socket", "DIR/pin", "is no socket"),
    ] {
        let output = set.run(&set.text(from, to), &[])?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert_eq!(said.matches("parsec-pkcs11: ").count(), 1, "{said}");
        assert!(said.contains(reason) && !said.contains("9876"), "{said}");
        assert!(!set.path("socket").exists());
    }
    Ok(())
}

#[test]
fn two_services_cannot_share_a_socket() -> io::Result<()> {
    let set = Set::new()?;
    let other = std::os::unix::net::UnixListener::bind(set.path("socket"))?;
    let output = set.run(&set.text("", ""), &[])?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("another service answers on"), "{said}");
    assert_eq!(output.status.code(), Some(1));
    drop(other);
    Ok(())
}

#[test]
fn root_is_refused_unless_allowed() -> io::Result<()> {
    let set = Set::new()?;
    let output = set.run(&set.text("allow_root = true", "allow_root = false"), &[])?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    // Whoever is not root gets as far as the module, which is none.
    assert!(
        said.contains("allow_root") || said.contains("p11.so"),
        "{said}"
    );
    Ok(())
}
