//! The log lines that docs/operations.md explains are those that the service writes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

/// All sources below a directory, without what only lays strings out: line ends, indentation and the
/// backslashes that continue a string.
fn sources(directory: &Path, text: &mut String) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(path).unwrap().replace("\\\n", "");
            text.extend(source.split_whitespace().flat_map(|word| [word, " "]));
        }
    }
}

#[test]
fn each_log_line_is_written_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = fs::read_to_string(root.join("docs/operations.md")).unwrap();
    let (_, section) = document.split_once("\n## Log lines\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut source = String::new();
    sources(&root.join("src"), &mut source);
    let lines: Vec<&str> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .filter(|line| *line != "line")
        .collect();
    assert!(lines.len() > 10, "{lines:?}");
    for line in lines {
        for part in line.split('…').map(str::trim).filter(|part| part.len() > 3) {
            assert!(source.contains(part), "nothing logs \"{part}\" ({line})");
        }
    }
}
