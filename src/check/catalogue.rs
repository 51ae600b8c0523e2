//! Owns the list of all cases, and which of them a run was asked for.

use super::case::Case;
use super::suite;
use crate::ec::Curve;
use crate::error::{Error, ErrorKind, Result};

/// Which cases; nothing set means all.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these suites.
    pub suites: Vec<String>,
    /// Only cases whose identifier has this in it.
    pub filter: Option<String>,
    /// Only these curves; cases that are about no curve stay.
    pub curves: Vec<Curve>,
    /// Only the short ones.
    pub quick: bool,
}

impl Selection {
    /// The cases, in the order in which they run.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`] if there is no suite of such a name, or no case is left.
    pub fn cases(&self) -> Result<Vec<Case>> {
        let all = suite::cases();
        for suite in &self.suites {
            if !all.iter().any(|case| case.suite() == suite) {
                let mut names: Vec<_> = all.iter().map(Case::suite).collect();
                names.dedup();
                return Err(nothing(format!(
                    "there is no suite {}; the suites are {}",
                    suite.escape_debug(),
                    names.join(", ")
                )));
            }
        }
        let cases: Vec<_> = all.into_iter().filter(|case| self.has(case)).collect();
        match cases.is_empty() {
            true => Err(nothing(
                "no case is left by --suite, --filter, --curves and --quick: `--list` shows all"
                    .to_owned(),
            )),
            false => Ok(cases),
        }
    }

    /// Whether cases are left out by name: the verdict is about a part of the token only.
    pub(super) fn is_partial(&self) -> bool {
        !self.suites.is_empty() || self.filter.is_some() || !self.curves.is_empty()
    }

    fn has(&self, case: &Case) -> bool {
        (self.suites.is_empty() || self.suites.iter().any(|suite| suite == case.suite()))
            && self
                .filter
                .as_ref()
                .is_none_or(|filter| case.id().contains(filter))
            && (self.curves.is_empty()
                || case
                    .curve()
                    .is_none_or(|curve| self.curves.contains(&curve)))
            && (!self.quick || case.is_quick())
    }
}

fn nothing(message: String) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}
