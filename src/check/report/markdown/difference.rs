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
    text.push_str(&folded("Came", &difference.came));
    text.push_str(&folded("Went", &difference.went));
    text.push_str(&timing(difference));
    text
}

fn list(title: &str, ids: &[String]) -> String {
    match ids.is_empty() {
        true => String::new(),
        false => format!("\n**{title}** ({}):\n\n{}", ids.len(), lines(ids)),
    }
}

/// An update of this program brings more cases than a person wants to read.
fn folded(title: &str, ids: &[String]) -> String {
    match ids.is_empty() {
        true => String::new(),
        false => format!(
            "\n<details><summary>{title}: {}</summary>\n\n{}\n</details>\n",
            ids.len(),
            lines(ids)
        ),
    }
}

fn lines(ids: &[String]) -> String {
    ids.iter().map(|id| format!("- {}\n", code(id))).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::outcome::Outcome;
    use crate::check::report::samples::{case, report};

    #[test]
    fn each_case_has_a_line() {
        let before = report(["a.fixed", "b.fixed", "a.went"].map(|id| case(id, Outcome::Fail)));
        let now = report(["a.fixed", "b.fixed", "a.came"].map(|id| case(id, Outcome::Pass)));
        let text = section(&Difference::between(&before, &now));
        for part in [
            "**Fixed** (2):\n\n- `a.fixed`\n- `b.fixed`\n",
            "<summary>Came: 1</summary>\n\n- `a.came`\n\n</details>\n",
            "<summary>Went: 1</summary>\n\n- `a.went`\n\n</details>\n",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
