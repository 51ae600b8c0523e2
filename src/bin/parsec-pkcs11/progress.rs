//! Owns the progress of a check on the standard error: how far it is, what runs, the time that is left, and failures as
//! they come.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use parsec_pkcs11_ecc::check::report::terminal::{self, Paint};
use parsec_pkcs11_ecc::check::{Case, CaseResult, Observer, Outcome};

use crate::check::paint;

/// How often the time is shown anew while a case runs.
const TICK: Duration = Duration::from_millis(250);

/// A bar, if the standard error is a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    quiet: bool,
    paint: Paint,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        Self {
            bar: ProgressBar::hidden(),
            quiet,
            paint: paint(io::stderr().is_terminal()),
        }
    }
}

impl Observer for Progress {
    fn started(&mut self, cases: usize) {
        if self.quiet {
            return;
        }
        let style = ProgressStyle::with_template(
            "{bar:12} {pos}/{len}, {elapsed} gone, {eta} left  {wide_msg}",
        );
        self.bar = ProgressBar::new(cases.try_into().unwrap_or(u64::MAX));
        if let Ok(style) = style {
            self.bar.set_style(style);
        }
        self.bar.enable_steady_tick(TICK);
    }

    fn begun(&mut self, case: &Case) {
        self.bar.set_message(case.id().to_owned());
    }

    fn ended(&mut self, result: &CaseResult) {
        if result.outcome == Outcome::Fail && !self.quiet {
            let line = terminal::line(result, self.paint);
            // A bar that nobody sees prints nothing either, and a closed pipe does not end the run.
            match self.bar.is_hidden() {
                true => drop(writeln!(io::stderr(), "{line}")),
                false => self.bar.println(line),
            }
        }
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
