//! Owns a table in Markdown.

/// A table; nothing in it may have a line break.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = format!("| {} |\n|", header.join(" | "));
    text.push_str(&"---|".repeat(header.len()));
    text.push('\n');
    for row in rows {
        text.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    text
}
