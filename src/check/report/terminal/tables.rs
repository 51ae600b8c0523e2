//! Owns the two tables: outcomes of each suite, and operations on each curve.

use comfy_table::{Cell, CellAlignment, Table, presets};

use super::Paint;
use crate::check::outcome::Outcome;
use crate::check::report::Report;
use crate::check::report::matrix::{self, Matrix};

/// Nine columns besides the names of the curves have to fit into 80.
const OPERATIONS: [&str; Matrix::OPERATIONS.len()] = [
    "make\nkey",
    "export\npublic",
    "sign",
    "verify",
    "ECDH",
    "import\npublic",
    "import\npair",
    "export\nprivate",
    "Parsec",
];

/// How many cases of each suite ended how.
pub(super) fn suites(report: &Report, paint: Paint) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    let mut header = vec![Cell::new("suite")];
    header.extend(Outcome::ALL.map(|outcome| right(outcome.word().to_owned())));
    table.set_header(header);
    for suite in report.suites() {
        let mut row = vec![Cell::new(suite)];
        row.extend(report.count_of(suite).map(|count| {
            right(match count {
                0 => "-".to_owned(),
                _ => count.to_string(),
            })
        }));
        table.add_row(row);
    }
    written(&mut table, paint)
}

/// What became of each operation on each curve.
pub(super) fn matrix(matrix: &Matrix, paint: Paint) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    let header = ["curve"].into_iter().chain(OPERATIONS);
    table.set_header(header);
    for row in &matrix.rows {
        let outcomes = row.cells.iter().map(|cell| word(cell).to_owned());
        table.add_row([row.curve.clone()].into_iter().chain(outcomes));
    }
    written(&mut table, paint)
}

fn word(cell: &matrix::Cell) -> &'static str {
    cell.outcome.map_or("-", Outcome::word)
}

fn right(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

fn written(table: &mut Table, paint: Paint) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    paint.table(&table.trim_fmt()) + "\n"
}
