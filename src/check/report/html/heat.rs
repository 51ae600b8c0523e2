//! Owns the matrix of curves and operations as a heat map.

use maud::{Markup, html};

use super::mark::{anchor, mark, shape, word};
use super::sheets;
use super::text::count;
use super::verdict::meaning;
use crate::check::outcome::Outcome;
use crate::check::report::Report;
use crate::check::report::matrix::{Cell, Matrix, Row};

/// The heat map; `None` if no case was about a curve.
pub(super) fn map(report: &Report) -> Option<Markup> {
    let matrix = Matrix::of(report);
    let (there, lacking): (Vec<_>, Vec<_>) = matrix.rows.iter().partition(|row| is_there(row));
    let map = html! {
        @if !there.is_empty() { (table(&there)) (legend()) }
        @if !lacking.is_empty() {
            p.lacking {
                (count(lacking.len(), "curve", "curves")) " of which every case was skipped: "
                @for (index, row) in lacking.iter().enumerate() {
                    @if index > 0 { ", " }
                    a.id href={ "#" (sheets::anchor(&row.curve)) } { (row.curve) }
                }
            }
        }
        (sheets::sheets(report, &matrix))
    };
    (!matrix.rows.is_empty()).then_some(map)
}

/// Whether the token has anything on the curve.
fn is_there(row: &Row) -> bool {
    row.cells
        .iter()
        .any(|cell| !matches!(cell.outcome, None | Some(Outcome::Skip)))
}

fn table(rows: &[&Row]) -> Markup {
    let columns = columns(rows);
    html! {
        div.wide tabindex="0" role="region" aria-label="Curves and operations" {
            table.heat style={ "--columns:" (columns.len()) } {
                caption.unseen { "The worst outcome of each operation on each curve" }
                thead { tr {
                    th scope="col" { "Curve" }
                    @for operation in &columns { th scope="col" { (operation) } }
                } }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" { a.id href={ "#" (sheets::anchor(&row.curve)) } { (row.curve) } }
                            @for cell in &row.cells {
                                @if columns.contains(&cell.operation) { (heat(row, cell)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The operations that any case tried; a run may have been asked for few.
fn columns(rows: &[&Row]) -> Vec<&'static str> {
    let tried = |operation: &&'static str| {
        let mut cells = rows.iter().flat_map(|row| &row.cells);
        cells.any(|cell| cell.operation == *operation && cell.outcome.is_some())
    };
    Matrix::OPERATIONS.into_iter().filter(tried).collect()
}

fn heat(row: &Row, cell: &Cell) -> Markup {
    let Some(outcome) = cell.outcome else {
        return html! { td.none { span aria-hidden="true" { "·" } span.unseen { "not tried" } } };
    };
    let told = count(cell.cases.len(), "case", "cases");
    html! {
        td class=(outcome.word()) {
            a href={ "#" (target(row, cell)) } title={ (cell.operation) " on " (row.curve) ": " (told) } {
                (shape(outcome)) (outcome.word())
            }
        }
    }
}

/// The only case, or the list of all of them.
fn target(row: &Row, cell: &Cell) -> String {
    match cell.cases.as_slice() {
        [case] => anchor(case),
        _ => sheets::cell_anchor(&row.curve, cell.operation),
    }
}

fn legend() -> Markup {
    html! {
        ul.legend {
            @for outcome in Outcome::ALL { li { (mark(outcome)) " " (meaning(outcome)) } }
            li { span.mark.none { "·" } " no case tried it" }
        }
    }
}

/// The name of an operation within an identifier of HTML.
pub(super) fn operation_word(operation: &str) -> String {
    word(&operation.to_ascii_lowercase())
}
