//! Owns the count of what came of the vectors of one set.

use crate::check::finding::Finding;
use crate::check::outcome::Verdict;

/// So many of the vectors that failed are named.
const NAMED: usize = 3;

/// What came of one vector.
pub(super) enum Came {
    Passed,
    /// What should have come, and what came.
    Failed(String),
    /// Either answer is right, and one of the two came.
    Acceptable,
    NotExpressible,
}

/// The count.
#[derive(Default)]
pub(super) struct Tally {
    passed: u32,
    acceptable: u32,
    not_expressible: u32,
    left_out: usize,
    failures: Vec<String>,
}

impl Tally {
    /// Counts the vector with this number.
    pub(super) fn count(&mut self, number: usize, came: Came) {
        match came {
            Came::Passed => self.passed += 1,
            Came::Acceptable => self.acceptable += 1,
            Came::NotExpressible => self.not_expressible += 1,
            Came::Failed(what) => self.failures.push(format!("vector {number}: {what}")),
        }
    }

    /// Counts vectors for which the time was not enough.
    pub(super) fn leave_out(&mut self, count: usize) {
        self.left_out += count;
    }

    /// The verdict on the set; `call` is what the token was asked.
    pub(super) fn verdict(self, call: &str) -> Verdict {
        let failed = u32::try_from(self.failures.len()).unwrap_or(u32::MAX);
        let run = self.passed + self.acceptable + failed;
        let verdict = match failed {
            0 if run == 0 => Verdict::skip("no vector of this set can be expressed in Parsec"),
            0 => Verdict::pass(),
            _ => Verdict::fail(
                Finding::new(
                    format!("{run} vectors answered as Wycheproof has it"),
                    format!("{failed} are not; {}", self.named()),
                )
                .by(call)
                .remedy(
                    "look the vectors up by their numbers: their flags tell which bug of other implementations each \
                     is about; do not use the curve before the vendor of the token has a corrected version",
                ),
            ),
        };
        let verdict = match self.left_out {
            0 => verdict,
            count => verdict.note(format!("the time was not enough for {count} more vectors")),
        };
        [
            ("passed", self.passed),
            ("failed", failed),
            ("acceptable", self.acceptable),
            ("not_expressible", self.not_expressible),
        ]
        .into_iter()
        .fold(verdict, |verdict, (name, count)| {
            verdict.measured(name, f64::from(count))
        })
    }

    fn named(&self) -> String {
        let named: Vec<_> = self.failures.iter().take(NAMED).cloned().collect();
        named.join("; ")
    }
}
