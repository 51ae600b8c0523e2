//! Owns the progress of a check on the terminal: how far it is, what runs, and the time that is left.

use indicatif::{ProgressBar, ProgressStyle};
use parsec_pkcs11_ecc::check::{Case, CaseResult, Observer, Outcome};

/// A bar on the standard error, if that is a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    quiet: bool,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        Self {
            bar: ProgressBar::hidden(),
            quiet,
        }
    }
}

impl Observer for Progress {
    fn started(&mut self, cases: usize) {
        if self.quiet {
            return;
        }
        let style = ProgressStyle::with_template(
            "{bar:24} {pos}/{len} cases, {elapsed} gone, {eta} left  {wide_msg}",
        );
        self.bar = ProgressBar::new(cases.try_into().unwrap_or(u64::MAX));
        if let Ok(style) = style {
            self.bar.set_style(style);
        }
    }

    fn begun(&mut self, case: &Case) {
        self.bar.set_message(case.id().to_owned());
    }

    fn ended(&mut self, result: &CaseResult) {
        if result.outcome == Outcome::Fail {
            self.bar.println(format!("fail  {}", result.id));
        }
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
