//! Owns the count of what came of the cases: the table that is printed, and what it has to say.

use std::path::PathBuf;
use std::{env, fs};

use parsec_pkcs11_ecc::ec::Curve;

use crate::{CURVES, TOKEN};

/// What came of one case.
pub(super) enum Outcome {
    Passed,
    /// What was expected, and what was there instead.
    Failed(String),
    /// Either answer is right, and one of the two was given.
    Acceptable,
    NotExpressible,
}

struct Row {
    set: String,
    curve: Curve,
    passed: usize,
    failed: usize,
    acceptable: usize,
    not_expressible: usize,
}

/// The count, set by set.
#[derive(Default)]
pub(super) struct Tally {
    rows: Vec<Row>,
    failures: Vec<String>,
}

impl Tally {
    /// What is counted from here on belongs to this set.
    pub(super) fn begin(&mut self, set: String, curve: Curve) {
        self.rows.push(Row {
            set,
            curve,
            passed: 0,
            failed: 0,
            acceptable: 0,
            not_expressible: 0,
        });
    }

    /// Counts the case with this number in the set.
    pub(super) fn count(&mut self, number: usize, outcome: Outcome) {
        let row = self.rows.last_mut().expect("a set was begun");
        match outcome {
            Outcome::Passed => row.passed += 1,
            Outcome::Failed(why) => {
                row.failed += 1;
                self.failures.push(format!("{} {number}: {why}", row.set));
            }
            Outcome::Acceptable => row.acceptable += 1,
            Outcome::NotExpressible => row.not_expressible += 1,
        }
    }

    /// Prints the table, which also goes to a file of `INTEROP_DIR`, if that is set. Nothing failed, in each set something passed, and the curves that the token has
    /// to have are there, but for those of which Wycheproof has no vectors.
    pub(super) fn end(self, operation: &str, without_vectors: &[Curve]) {
        let mut table = String::from("set\ttoken\tpassed\tfailed\tacceptable\tnot expressible\n");
        for row in &self.rows {
            table += &format!(
                "{}\t{TOKEN}\t{}\t{}\t{}\t{}\n",
                row.set, row.passed, row.failed, row.acceptable, row.not_expressible
            );
        }
        println!("{table}");
        if let Some(directory) = env::var_os("INTEROP_DIR") {
            let file = PathBuf::from(directory).join(format!("vectors-{operation}-{TOKEN}.tsv"));
            fs::write(file, table).unwrap();
        }
        assert!(self.failures.is_empty(), "{:#?}", self.failures);
        for row in &self.rows {
            assert!(row.passed > 0, "nothing passed: {}", row.set);
        }
        for curve in CURVES {
            let ran = self.rows.iter().any(|row| row.curve == *curve);
            assert_ne!(ran, without_vectors.contains(curve), "{curve}");
        }
    }
}
