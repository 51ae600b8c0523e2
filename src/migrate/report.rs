//! Owns the report of a migration: what was found, what moved, what is in the way.

use serde::Serialize;

use super::mapping::Mapping;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// Everything moved and was read back, unless `afterwards` says otherwise.
    Moved,
    /// Everything was there already.
    NothingToDo,
    /// With `dry_run`: everything would move.
    WouldMove,
    /// The problems are in the way; nothing was written.
    Refused,
}

/// What is in the way of a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ProblemKind {
    /// A file or row that cannot be read as a mapping.
    Damaged,
    /// A file where no mapping can be.
    Foreign,
    /// Two providers have a key of this name, and only one can have it where the mappings go.
    SameName,
    /// Where the mappings go, the name leads to something else already.
    Different,
    /// Where the mappings go, there are others of this provider but not this one.
    NotThere,
    /// The on-disk manager cannot hold it.
    CannotHold,
}

/// One mapping or file that is in the way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// What kind of problem.
    pub kind: ProblemKind,
    /// The file; what is not UTF-8 in its path is replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The application, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// The name of the key, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The name of the provider, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// What is wrong and what helps.
    pub reason: String,
    /// Whether it was passed over because `skip_damaged` said so.
    pub skipped: bool,
}

impl Problem {
    pub(super) fn of_file(kind: ProblemKind, path: String, reason: impl Into<String>) -> Self {
        Self {
            kind,
            path: Some(path),
            application: None,
            key: None,
            provider: None,
            reason: reason.into(),
            skipped: false,
        }
    }

    pub(super) fn of_mapping(
        kind: ProblemKind,
        mapping: &Mapping,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            path: None,
            application: Some(mapping.application.clone()),
            key: Some(mapping.name.clone()),
            provider: Some(mapping.provider_name.clone()),
            reason: reason.into(),
            skipped: false,
        }
    }
}

/// How many mappings a provider has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProviderCount {
    /// The name of the provider.
    pub provider: String,
    /// Its mappings that can be read.
    pub mappings: usize,
    /// Whether they were to move.
    pub chosen: bool,
}

/// Which of the keys are on the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TokenCheck {
    /// The serial number of the token.
    pub serial: String,
    /// Mappings whose key is on it.
    pub found: usize,
    /// Mappings whose key cannot be seen without a login, or is being made or destroyed.
    pub not_looked_for: usize,
    /// Mappings whose key is not on it: application, name, `CKA_ID`.
    pub missing: Vec<MissingKey>,
}

/// A mapping whose key is not on the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MissingKey {
    /// The application.
    pub application: String,
    /// The name of the key.
    pub key: String,
    /// Its `CKA_ID` in hexadecimal.
    pub id: String,
}

/// What a migration did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The version of this form of report: fields are only added within one.
    pub report_version: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether it only looked.
    pub dry_run: bool,
    /// Whether mappings went from the database to the disk.
    pub reverse: bool,
    /// Where mappings were read.
    pub source: String,
    /// Where they went.
    pub target: String,
    /// What was found, by provider.
    pub providers: Vec<ProviderCount>,
    /// Mappings that were written, or would be.
    pub moved: usize,
    /// Mappings that were there already.
    pub already_there: usize,
    /// What is in the way, and what was passed over.
    pub problems: Vec<Problem>,
    /// Which keys are on the token; absent if nobody looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenCheck>,
    /// What failed once everything had moved: reading it back, or writing its directory to the disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub afterwards: Option<String>,
}

impl Report {
    /// The version of the form of these reports.
    pub const VERSION: u32 = 1;

    /// Whether a mapping names a key that is not on the token.
    pub fn misses_keys(&self) -> bool {
        self.token
            .as_ref()
            .is_some_and(|token| !token.missing.is_empty())
    }

    /// Problems that were in the way.
    pub fn obstacles(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| !problem.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// tests/migrate/report.rs looks at all members but this one, as nothing fails afterwards on order.
    #[test]
    fn what_failed_afterwards_has_a_member_of_its_own() -> serde_json::Result<()> {
        let mut report = Report {
            report_version: Report::VERSION,
            outcome: Outcome::Moved,
            dry_run: false,
            reverse: false,
            source: String::new(),
            target: String::new(),
            providers: Vec::new(),
            moved: 0,
            already_there: 0,
            problems: Vec::new(),
            token: None,
            afterwards: Some("why".to_owned()),
        };
        assert_eq!(serde_json::to_value(&report)?["afterwards"], "why");
        report.afterwards = None;
        assert!(serde_json::to_value(&report)?.get("afterwards").is_none());
        Ok(())
    }
}
