//! Owns what is said about the difference from a baseline.

use super::{Paint, printable};
use crate::check::report::difference::Difference;

/// So many cases of a kind are named; an update of this program brings more than a person wants to read.
const NAMED: usize = 10;

pub(super) fn section(difference: &Difference, paint: Paint) -> String {
    let baseline = &difference.baseline;
    let mut text = paint.title("Difference from the baseline");
    text.push_str(&format!(
        "\n\nrun {} of {}, firmware {}\n",
        printable(&baseline.run),
        printable(&baseline.started),
        printable(&baseline.token.firmware_version)
    ));
    if difference.is_empty() {
        text.push_str("nothing changed\n");
    }
    text.push_str(&list("new failures", &difference.new_failures, usize::MAX));
    text.push_str(&list("fixed", &difference.fixed, usize::MAX));
    let changed = difference.changed.iter().map(|change| {
        let (before, now) = (change.before.word(), change.now.word());
        format!("{}: {before}, now {now}", change.id)
    });
    text.push_str(&list("changed", &changed.collect::<Vec<_>>(), usize::MAX));
    text.push_str(&list("came", &difference.came, NAMED));
    text.push_str(&list("went", &difference.went, NAMED));
    let timing = difference.timing.iter().map(|it| {
        let slower = match it.is_slower() {
            true => "slower",
            false => "faster",
        };
        let change = format!("{:.1}, now {:.1}, {:.2} times", it.before, it.now, it.ratio);
        format!("{}: {slower}: {} {change}", it.id, it.measurement)
    });
    text.push_str(&list("timing", &timing.collect::<Vec<_>>(), usize::MAX));
    text
}

fn list(title: &str, entries: &[String], named: usize) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let mut text = format!("{title}: {}\n", entries.len());
    for entry in entries.iter().take(named) {
        text.push_str(&format!("  {}\n", printable(entry)));
    }
    if entries.len() > named {
        text.push_str(&format!("  and {} more\n", entries.len() - named));
    }
    text
}
