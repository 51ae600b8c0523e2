//! Owns the report: the table on the standard output, and the same as JSON.

use std::env;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use crate::machine::Machine;
use crate::quartiles::Quartiles;
use crate::slice::{Comparison, Pairs};

/// What the values of a row count.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    PerSecond,
    Microseconds,
    Kibibytes,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unit::PerSecond => "1/s",
            Unit::Microseconds => "us",
            Unit::Kibibytes => "KiB",
        })
    }
}

/// What the median of the ratios is to be, or of the figure itself if it is compared with nothing.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    fn is_met(self, ratio: f64) -> bool {
        match self {
            Target::AtLeast(limit) => ratio >= limit,
            Target::AtMost(limit) => ratio <= limit,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::AtLeast(limit) => write!(f, ">= {limit}"),
            Target::AtMost(limit) => write!(f, "<= {limit}"),
        }
    }
}

/// One figure.
pub(crate) struct Row {
    figure: String,
    measured: Measured,
}

enum Measured {
    Compared(Unit, Comparison, Option<Target>),
    Alone(Unit, Quartiles, Option<Target>),
    Not,
}

impl Row {
    /// A figure beside that of the bare calls.
    pub(crate) fn compared(
        figure: impl Into<String>,
        unit: Unit,
        comparison: Comparison,
        target: Option<Target>,
    ) -> Self {
        Self {
            figure: figure.into(),
            measured: Measured::Compared(unit, comparison, target),
        }
    }

    /// A figure that has nothing bare to be compared with.
    pub(crate) fn alone(figure: String, unit: Unit, quartiles: Quartiles) -> Self {
        Self {
            figure,
            measured: Measured::Alone(unit, quartiles, None),
        }
    }

    /// The same with a target in its own unit.
    pub(crate) fn limited(
        figure: impl Into<String>,
        unit: Unit,
        quartiles: Quartiles,
        target: Target,
    ) -> Self {
        Self {
            figure: figure.into(),
            measured: Measured::Alone(unit, quartiles, Some(target)),
        }
    }

    pub(crate) fn not_measured(figure: String) -> Self {
        Self {
            figure,
            measured: Measured::Not,
        }
    }

    /// The row of a Markdown table.
    fn line(&self) -> String {
        let figure = &self.figure;
        match &self.measured {
            Measured::Compared(unit, comparison, target) => {
                let Comparison { ours, bare, ratio } = comparison;
                let target = verdict(*target, ratio);
                format!(
                    "| {figure} | {} {unit} | {} {unit} | {} | {target} |",
                    cell(ours, 0),
                    cell(bare, 0),
                    cell(ratio, 3)
                )
            }
            Measured::Alone(unit, quartiles, target) => {
                let target = verdict(*target, quartiles);
                format!(
                    "| {figure} | {} {unit} | | | {target} |",
                    cell(quartiles, 0)
                )
            }
            Measured::Not => format!("| {figure} | not measured | | | |"),
        }
    }

    fn json(&self) -> String {
        let figure = &self.figure;
        let rest = match &self.measured {
            Measured::Compared(unit, comparison, target) => {
                let Comparison { ours, bare, ratio } = comparison;
                let target = json_target(*target, ratio);
                format!(
                    "\"unit\": \"{unit}\", \"measured\": {}, \"bare\": {}, \"ratio\": {}{target}",
                    json(ours),
                    json(bare),
                    json(ratio)
                )
            }
            Measured::Alone(unit, quartiles, target) => {
                let target = json_target(*target, quartiles);
                format!(
                    "\"unit\": \"{unit}\", \"measured\": {}{target}",
                    json(quartiles)
                )
            }
            Measured::Not => "\"measured\": null".to_owned(),
        };
        format!("{{ \"figure\": \"{figure}\", {rest} }}")
    }
}

fn verdict(target: Option<Target>, quartiles: &Quartiles) -> String {
    match target {
        Some(target) if target.is_met(quartiles.median) => format!("{target}: met"),
        Some(target) => format!("{target}: missed"),
        None => String::new(),
    }
}

fn json_target(target: Option<Target>, quartiles: &Quartiles) -> String {
    target.map_or(String::new(), |target| {
        let met = target.is_met(quartiles.median);
        format!(", \"target\": \"{target}\", \"met\": {met}")
    })
}

fn cell(quartiles: &Quartiles, decimals: usize) -> String {
    let Quartiles {
        lower,
        median,
        upper,
    } = quartiles;
    format!("{median:.decimals$} ({lower:.decimals$} to {upper:.decimals$})")
}

fn json(quartiles: &Quartiles) -> String {
    let Quartiles {
        lower,
        median,
        upper,
    } = quartiles;
    format!("[{lower:.4}, {median:.4}, {upper:.4}]")
}

/// All figures; each is printed as soon as it is there.
pub(crate) struct Report {
    head: String,
    rows: Vec<Row>,
}

impl Report {
    /// Prints the head of the table.
    pub(crate) fn begin(machine: Machine, pairs: &Pairs) -> Self {
        let Machine { cores, model, load } = machine;
        let (count, length) = (pairs.count, pairs.length.as_millis());
        println!("{cores} cores, {model}; load before the start {load}");
        println!("{count} pairs of slices of {length} ms; median (lower to upper quartile)\n");
        println!("| figure | measured | bare | ratio | target |\n|---|---|---|---|---|");
        let model = model.escape_default();
        Self {
            head: format!(
                "\"cores\": {cores}, \"model\": \"{model}\", \"load\": \"{load}\", \
                 \"pairs\": {count}, \"slice_ms\": {length}"
            ),
            rows: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, row: Row) {
        println!("{}", row.line());
        self.rows.push(row);
    }

    /// Writes the JSON file: quartiles are `[lower, median, upper]`.
    pub(crate) fn end(self) {
        let rows: Vec<String> = self.rows.iter().map(Row::json).collect();
        let rows = rows.join(",\n    ");
        let text = format!("{{\n  {},\n  \"rows\": [\n    {rows}\n  ]\n}}\n", self.head);
        let path = target_directory().join("speed.json");
        fs::write(&path, text).unwrap();
        println!("\nAs JSON: {}", path.display());
    }
}

/// This program is `TARGET/PROFILE/deps/PROGRAM`.
fn target_directory() -> PathBuf {
    let program = env::current_exe().unwrap();
    program.ancestors().nth(3).unwrap().to_owned()
}
