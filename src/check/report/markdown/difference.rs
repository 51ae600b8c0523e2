//! Owns what is said about the difference from a baseline.

use super::sign;
use super::table::table;
use super::text::{code, plain};
use crate::check::report::difference::Difference;

pub(super) fn section(difference: &Difference) -> String {
    let baseline = &difference.baseline;
    let mut text = format!(
        "## Difference from the baseline\n\nRun {} of {}, {}, firmware {}.\n",
        code(&baseline.run),
        plain(&baseline.started),
        plain(&baseline.token.label),
        plain(&baseline.token.firmware_version)
    );
    if difference.is_empty() {
        text.push_str("\nNothing changed.\n");
    }
    text.push_str(&list("New failures", &difference.new_failures));
    text.push_str(&list("Fixed", &difference.fixed));
    text.push_str(&changed(difference));
    text.push_str(&list("Came", &difference.came));
    text.push_str(&list("Went", &difference.went));
    text.push_str(&timing(difference));
    text
}

fn list(title: &str, ids: &[String]) -> String {
    if ids.is_empty() {
        return String::new();
    }
    let ids: Vec<_> = ids.iter().map(|id| code(id)).collect();
    format!("\n**{title}** ({}): {}\n", ids.len(), ids.join(", "))
}

fn changed(difference: &Difference) -> String {
    let rows = difference.changed.iter().map(|change| {
        vec![
            code(&change.id),
            sign(change.before).to_owned(),
            sign(change.now).to_owned(),
        ]
    });
    let rows: Vec<_> = rows.collect();
    match rows.is_empty() {
        true => String::new(),
        false => format!("\n{}", table(&["changed", "before", "now"], &rows)),
    }
}

fn timing(difference: &Difference) -> String {
    let rows = difference.timing.iter().map(|it| {
        let slower = match it.is_slower() {
            true => "slower",
            false => "faster",
        };
        vec![
            code(&it.id),
            plain(&it.measurement),
            format!("{:.1}", it.before),
            format!("{:.1}", it.now),
            format!("{:.2}", it.ratio),
            slower.to_owned(),
        ]
    });
    let rows: Vec<_> = rows.collect();
    let header = ["timing", "measurement", "before", "now", "ratio", ""];
    match rows.is_empty() {
        true => String::new(),
        false => format!("\n{}", table(&header, &rows)),
    }
}
