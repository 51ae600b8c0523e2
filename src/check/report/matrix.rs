//! Owns the matrix of a report: what became of each operation on each curve.

use super::Report;
use crate::check::outcome::{CaseResult, Outcome};
use crate::ec::Curve;

/// What a token does on each curve that the report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// The curves in the order of the README; each has one cell for each of [`Matrix::OPERATIONS`].
    pub rows: Vec<Row>,
}

/// One curve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub curve: String,
    /// Its operations, in the order of [`Matrix::OPERATIONS`].
    pub cells: Vec<Cell>,
}

/// One operation on one curve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The operation.
    pub operation: &'static str,
    /// The worst outcome of its cases, a skip if all were skipped; `None` if none ran.
    pub outcome: Option<Outcome>,
    /// The identifiers of its cases.
    pub cases: Vec<String>,
}

/// Which cases an operation has: those of a suite whose words after the curve are such.
struct Operation {
    name: &'static str,
    suite: &'static str,
    has: fn(&str) -> bool,
}

const OPERATIONS: [Operation; 9] = [
    Operation {
        name: "generate",
        suite: "keygen",
        has: |what| what == "generate",
    },
    Operation {
        name: "export public",
        suite: "export",
        has: |what| what.starts_with("public"),
    },
    Operation {
        name: "sign",
        suite: "ecdsa",
        has: |what| what.ends_with("sign"),
    },
    Operation {
        name: "verify",
        suite: "ecdsa",
        has: |what| what.ends_with("verify"),
    },
    Operation {
        name: "ECDH",
        suite: "ecdh",
        // What a token makes of points that are none is told apart: the provider sends it no such points.
        has: |what| !matches!(what, "off-curve" | "infinity" | "small-subgroup"),
    },
    Operation {
        name: "import public",
        suite: "import",
        has: |what| what.starts_with("public"),
    },
    Operation {
        name: "import pair",
        suite: "import",
        has: |what| what.starts_with("pair"),
    },
    Operation {
        name: "export private",
        suite: "export",
        has: |what| what.starts_with("private"),
    },
    Operation {
        name: "Parsec",
        suite: "parsec",
        has: |_| true,
    },
];

impl Matrix {
    /// The columns; `Parsec` is the verdict of the provider's own operations.
    pub const OPERATIONS: [&'static str; OPERATIONS.len()] = {
        let mut names = [""; OPERATIONS.len()];
        let mut i = 0;
        while i < names.len() {
            names[i] = OPERATIONS[i].name;
            i += 1;
        }
        names
    };

    /// The matrix of a report; curves that no operation was tried on are left out.
    pub fn of(report: &Report) -> Self {
        let rows = Curve::ALL.iter().map(|curve| row(report, curve.name()));
        Self {
            rows: rows
                .filter(|row| row.cells.iter().any(|cell| cell.outcome.is_some()))
                .collect(),
        }
    }
}

fn row(report: &Report, curve: &str) -> Row {
    let cells = OPERATIONS.iter().map(|operation| {
        let cases = report.cases.iter().filter(|case| {
            curve_and_what(case)
                .is_some_and(|(of, what)| of == curve && operation.covers(case.suite(), what))
        });
        let cases: Vec<_> = cases.collect();
        Cell {
            operation: operation.name,
            outcome: worst(cases.iter().map(|case| case.outcome)),
            cases: cases.iter().map(|case| case.id.clone()).collect(),
        }
    });
    Row {
        curve: curve.to_owned(),
        cells: cells.collect(),
    }
}

impl Operation {
    fn covers(&self, suite: &str, what: &str) -> bool {
        self.suite == suite && (self.has)(what)
    }
}

/// `secp256r1` and `sha256.sign` of `ecdsa.secp256r1.sha256.sign`.
fn curve_and_what(case: &CaseResult) -> Option<(&str, &str)> {
    case.id.split_once('.')?.1.split_once('.')
}

/// A curve that is skipped by one case of several has what the others show.
fn worst(outcomes: impl Iterator<Item = Outcome>) -> Option<Outcome> {
    outcomes.max_by_key(|outcome| match outcome {
        Outcome::Skip => 0,
        Outcome::Pass => 1,
        Outcome::Warn => 2,
        Outcome::Fail => 3,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::report::samples::{case, report};

    fn matrix(cases: &[(&str, Outcome)]) -> Matrix {
        Matrix::of(&report(
            cases.iter().map(|(id, outcome)| case(id, *outcome)),
        ))
    }

    fn cell<'a>(matrix: &'a Matrix, curve: &str, operation: &str) -> Option<&'a Cell> {
        let row = matrix.rows.iter().find(|row| row.curve == curve)?;
        row.cells.iter().find(|cell| cell.operation == operation)
    }

    #[test]
    fn a_cell_has_the_worst_outcome_of_its_cases() {
        use Outcome::{Fail, Pass, Skip, Warn};
        for (outcomes, worst) in [
            (vec![Pass, Fail, Warn], Fail),
            (vec![Pass, Warn, Skip], Warn),
            (vec![Skip, Pass], Pass),
            (vec![Skip, Skip], Skip),
        ] {
            let cases: Vec<_> = outcomes
                .into_iter()
                .map(|outcome| ("ecdh.secp384r1.random", outcome))
                .collect();
            let matrix = matrix(&cases);
            let cell = cell(&matrix, "secp384r1", "ECDH");
            assert_eq!(cell.and_then(|cell| cell.outcome), Some(worst));
        }
    }

    #[test]
    fn each_operation_has_its_own_cases() {
        let ids = [
            "keygen.secp256r1.generate",
            "export.secp256r1.public",
            "ecdsa.secp256r1.sha256.sign",
            "ecdsa.secp256r1.sha256.verify",
            "ecdh.secp256r1.raw-peer",
            "import.secp256r1.public",
            "import.secp256r1.pair",
            "export.secp256r1.private",
            "parsec.secp256r1.sign",
        ];
        let matrix = matrix(&ids.map(|id| (id, Outcome::Pass)));
        assert_eq!(matrix.rows.len(), 1);
        let cases: Vec<_> = matrix.rows[0]
            .cells
            .iter()
            .map(|cell| &cell.cases)
            .collect();
        assert_eq!(cases, ids.map(|id| vec![id.to_owned()]).each_ref());
    }

    #[test]
    fn what_is_about_no_curve_or_no_operation_is_left_out() {
        let matrix = matrix(&[
            ("module.initialize-twice", Outcome::Pass),
            ("keygen.secp521r1.sensitive", Outcome::Fail),
        ]);
        assert_eq!(matrix.rows, []);
    }
}
