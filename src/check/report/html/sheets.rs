//! Owns the sheet of each curve: the cases behind each cell of the matrix.

use maud::{Markup, html};

use super::heat::operation_word;
use super::mark::{link, mark, shape};
use super::text::count;
use crate::check::outcome::Outcome;
use crate::check::report::Report;
use crate::check::report::matrix::{Cell, Matrix, Row};

/// Where the sheet of a curve stands.
pub(super) fn anchor(curve: &str) -> String {
    format!("curve-{curve}")
}

/// Where an operation stands in it.
pub(super) fn cell_anchor(curve: &str, operation: &str) -> String {
    format!("{}-{}", anchor(curve), operation_word(operation))
}

/// A sheet for each curve; links from the matrix open them.
pub(super) fn sheets(report: &Report, matrix: &Matrix) -> Markup {
    html! {
        details.sheets {
            summary { "The cases behind each cell, curve by curve" }
            @for row in &matrix.rows {
                details.sheet id=(anchor(&row.curve)) {
                    summary {
                        h3.id { (row.curve) }
                        span.many { (operations(row)) }
                    }
                    dl {
                        @for cell in &row.cells {
                            @if let Some(outcome) = cell.outcome { (cell_cases(report, row, cell, outcome)) }
                        }
                    }
                }
            }
        }
    }
}

fn operations(row: &Row) -> String {
    let tried = row.cells.iter().filter(|cell| cell.outcome.is_some());
    count(tried.count(), "operation", "operations")
}

fn cell_cases(report: &Report, row: &Row, cell: &Cell, outcome: Outcome) -> Markup {
    let cases = report
        .cases
        .iter()
        .filter(|case| cell.cases.contains(&case.id));
    html! {
        div id=(cell_anchor(&row.curve, cell.operation)) {
            dt { (cell.operation) " " (mark(outcome)) }
            dd { ul.ids {
                @for case in cases {
                    li class=(case.outcome.word()) { (shape(case.outcome)) span.unseen { (case.outcome.word()) } " " (link(case)) }
                }
            } }
        }
    }
}
