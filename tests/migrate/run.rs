//! Owns the runs of `parsec-pkcs11 migrate` and what they say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A private directory with a place for mappings on disk and one for a database.
pub(crate) struct Place {
    directory: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            directory: TempDir::new().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path("mappings")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path("kim/database.sqlite3")
    }

    /// The command that moves from the one to the other, of Unix users.
    pub(crate) fn forward(&self) -> Command {
        self.command("unix-peer-credentials", &self.store(), &self.database())
    }

    /// The command that moves back.
    pub(crate) fn reverse(&self) -> Command {
        let mut command = self.command("unix-peer-credentials", &self.database(), &self.store());
        command.arg("--reverse");
        command
    }

    pub(crate) fn command(&self, auth: &str, from: &Path, to: &Path) -> Command {
        let mut command = migrate();
        command
            .args(["--auth", auth, "--from"])
            .arg(from)
            .arg("--to")
            .arg(to)
            .arg("--socket")
            .arg(self.path("no.sock"));
        command
    }
}

pub(crate) fn migrate() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parsec-pkcs11"));
    command.arg("migrate").stdin(Stdio::null());
    command
}

/// What a run said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    /// Both streams.
    pub(crate) text: String,
    /// The report, if there is one.
    pub(crate) report: serde_json::Value,
}

pub(crate) fn run(command: &mut Command) -> Said {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("report.json");
    let output = command.arg("--json").arg(&file).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let report = match fs::read(&file) {
        Ok(report) => serde_json::from_slice(&report).unwrap(),
        Err(_) => serde_json::Value::Null,
    };
    Said {
        code: output.status.code(),
        text: String::from_utf8(text).unwrap(),
        report,
    }
}

impl Said {
    /// Checks exit code and outcome.
    pub(crate) fn is(self, code: i32, outcome: &str) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.text);
        assert_eq!(self.report["outcome"], outcome, "{}", self.text);
        self
    }

    pub(crate) fn moved(self, mappings: usize) -> Self {
        let said = self.is(0, "moved");
        assert_eq!(said.report["moved"], mappings, "{}", said.text);
        said
    }

    /// Checks that it failed as a whole, for all these reasons.
    pub(crate) fn failed(self, reasons: &[&str]) -> Self {
        assert_eq!(self.code, Some(1), "{}", self.text);
        assert_eq!(self.report["outcome"], "failed", "{}", self.text);
        let error = self.report["error"].as_str().unwrap();
        assert!(self.text.contains(error), "{}", self.text);
        for reason in reasons {
            assert!(
                self.text.contains(reason),
                "{reason} is not in {}",
                self.text
            );
        }
        self
    }

    /// The problems of this kind: what is in `field` of each, sorted.
    pub(crate) fn problems(&self, kind: &str, field: &str) -> Vec<String> {
        let problems = self.report["problems"].as_array().unwrap();
        let mut found: Vec<String> = problems
            .iter()
            .filter(|problem| problem["kind"] == kind)
            .map(|problem| problem[field].as_str().unwrap_or_default().to_owned())
            .collect();
        found.sort();
        found
    }

    pub(crate) fn problem_count(&self) -> usize {
        self.report["problems"].as_array().unwrap().len()
    }
}
